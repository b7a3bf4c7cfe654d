// The tour of test_languages.py with basic-ftp, which NODE_PATH's first directory holds.
import assert from "node:assert/strict"
import { createRequire } from "node:module"
import { readFileSync, statSync, truncateSync } from "node:fs"

const { Client, FTPError } = createRequire(process.env.NODE_PATH + "/")("basic-ftp")
const [host, port, user, password, mode, ca, source, target] = process.argv.slice(2)
const version = { tls12: "TLSv1.2", tls13: "TLSv1.3" }[mode]
const client = new Client(30000)
const size = statSync(source).size
await client.access({
    host, port: Number(port), user, password, secure: mode !== "plain",
    secureOptions: version && { ca: readFileSync(ca), minVersion: version, maxVersion: version }
})
await client.ensureDir("a folder")
await client.uploadFrom(source, "one file")
const list = await client.list()
assert.deepEqual(list.map(one => [one.name, one.size, one.isFile]), [["one file", size, true]])
assert.equal(await client.size("one file"), size)
assert.ok(Math.abs(await client.lastMod("one file") - Date.now()) < 3600000)
await client.downloadTo(target, "one file")
for (let i = 0; i < 5; i++)
    await assert.rejects(client.downloadTo(target + ".missing", "missing"), error => error instanceof FTPError && error.code === 550)
await assert.rejects(client.uploadFrom(source, "missing/file"), error => error instanceof FTPError && error.code >= 500)
truncateSync(target, 1000)
await client.downloadTo(target, "one file", 1000)
await client.appendFrom(source, "twice")
await client.appendFrom(source, "twice")
assert.equal(await client.size("twice"), 2 * size)
await client.rename("one file", "another")
await client.remove("another")
await client.remove("twice")
await client.cdup()
await client.removeEmptyDir("a folder")
client.close()
console.log("done")
