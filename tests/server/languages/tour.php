<?php
// The tour of test_languages.py with PHP's ftp extension.  It verifies no certificate and chooses the version of TLS itself.
set_error_handler(function ($level, $text) { throw new Exception($text); });
[, $host, $port, $user, $password, $mode, , $source, $target] = $argv;

function must($what, $truth)
{
    if (!$truth)
        throw new Exception($what);
}

$ftp = $mode === "plain" ? ftp_connect($host, (int)$port, 30) : ftp_ssl_connect($host, (int)$port, 30);
must("connect", $ftp);
must("login", ftp_login($ftp, $user, $password));
must("pasv", ftp_pasv($ftp, true));
must("mkdir", ftp_mkdir($ftp, "a folder") === "/a folder");
must("chdir", ftp_chdir($ftp, "a folder"));
must("put", ftp_put($ftp, "one file", $source, FTP_BINARY));
must("nlist", ftp_nlist($ftp, ".") === ["./one file"] || ftp_nlist($ftp, "") === ["one file"]);
must("rawlist", preg_match("/one file$/", ftp_rawlist($ftp, ".")[0]));
$entries = array_values(array_filter(ftp_mlsd($ftp, "."), fn ($one) => $one["type"] === "file"));
must("mlsd", count($entries) === 1 && $entries[0]["name"] === "one file" && (int)$entries[0]["size"] === filesize($source));
must("size", ftp_size($ftp, "one file") === filesize($source));
must("mdtm", abs(ftp_mdtm($ftp, "one file") - time()) < 3600);
must("get", ftp_get($ftp, $target, "one file", FTP_BINARY));
try {
    ftp_get($ftp, $target . ".missing", "missing", FTP_BINARY);
    throw new Exception("missing was there");
} catch (Exception $error) {
    must($error->getMessage(), str_contains($error->getMessage(), "No such file")); // the reply's text
}
file_put_contents($target, substr(file_get_contents($source), 0, 1000));
must("resume", ftp_get($ftp, $target, "one file", FTP_BINARY, 1000));
must("resume of an upload", ftp_put($ftp, "one file", $source, FTP_BINARY, 1000));
must("append", ftp_append($ftp, "twice", $source, FTP_BINARY) && ftp_append($ftp, "twice", $source, FTP_BINARY));
must("size of twice", ftp_size($ftp, "twice") === 2 * filesize($source));
must("rename", ftp_rename($ftp, "one file", "another"));
must("delete", ftp_delete($ftp, "another") && ftp_delete($ftp, "twice"));
must("cdup", ftp_cdup($ftp));
must("rmdir", ftp_rmdir($ftp, "a folder"));
must("quit", ftp_close($ftp));
echo "done\n";
