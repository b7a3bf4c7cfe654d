# The tour of test_languages.py with Ruby's net/ftp.
require "net/ftp"

host, port, user, password, mode, ca, source, target = ARGV

def must(what, truth)
  raise what unless truth
end

tls = mode != "plain"
version = { "tls12" => :TLS1_2, "tls13" => :TLS1_3 }[mode]
ssl = tls && { ca_file: ca, min_version: version, max_version: version }
Net::FTP.open(nil, ssl: ssl, passive: true, open_timeout: 30, read_timeout: 30, private_data_connection: tls) do |ftp|
  ftp.connect(host, port.to_i)
  ftp.login(user, password)
  ftp.mkdir("a folder")
  ftp.chdir("a folder")
  ftp.putbinaryfile(source, "one file")
  must("nlst", ftp.nlst == ["one file"])
  must("list", ftp.list.size == 1 && ftp.list.first.end_with?("one file"))
  entry = ftp.mlsd.find { |one| one.pathname == "one file" }
  must("mlsd", entry && entry.file? && entry.size == File.size(source))
  must("size", ftp.size("one file") == File.size(source))
  must("mtime", (ftp.mtime("one file") - Time.now).abs < 3600)
  ftp.getbinaryfile("one file", target)
  begin
    ftp.getbinaryfile("missing", target + ".missing")
    raise "missing was there"
  rescue Net::FTPPermError => error
    must("missing", error.message.start_with?("550"))
  end
  File.truncate(target, 1000)
  ftp.resume = true
  ftp.getbinaryfile("one file", target)
  ftp.resume = false
  File.open(source, "rb") { |file| 2.times { file.rewind; ftp.storbinary("APPE twice", file, 65536) } }
  must("appe", ftp.size("twice") == 2 * File.size(source))
  ftp.rename("one file", "another")
  ftp.delete("another")
  ftp.delete("twice")
  ftp.chdir("..")
  ftp.rmdir("a folder")
  ftp.quit
end
puts "done"
