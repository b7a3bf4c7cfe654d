# The tour of test_languages.py with Perl's Net::FTP.
use strict;
use warnings;
use Net::FTP;

my ($host, $port, $user, $password, $mode, $ca, $source, $target) = @ARGV;
my %version = (tls12 => "TLSv1_2", tls13 => "TLSv1_3");
my %tls = $mode eq "plain" ? () : (SSL_ca_file => $ca, SSL_verifycn_name => "localhost", SSL_version => $version{$mode});
my $ftp = Net::FTP->new($host, Port => $port, Timeout => 30, Passive => 1, %tls) or die "connect: $@\n";
if ($mode ne "plain") {
    $ftp->starttls or die "starttls: " . $ftp->message;
}

sub must {
    my ($what, $result) = @_;
    defined $result && $result or die "$what: " . $ftp->message;
    return $result;
}

must("login", $ftp->login($user, $password));
must("binary", $ftp->binary);
must("mkdir", $ftp->mkdir("a folder"));
must("cwd", $ftp->cwd("a folder"));
must("put", $ftp->put($source, "one file"));
my @names = $ftp->ls;
"@names" eq "one file" or die "ls: @names\n";
my @lines = $ftp->dir;
@lines == 1 && $lines[0] =~ /one file$/ or die "dir: @lines\n";
$ftp->size("one file") == -s $source or die "size\n";
$ftp->mdtm("one file") or die "mdtm\n";
must("get", $ftp->get("one file", $target));
!$ftp->get("missing", "$target.missing") && $ftp->code == 550 or die "missing: " . $ftp->message;
truncate $target, 1000 or die "truncate: $!\n";
must("resume", $ftp->get("one file", $target, 1000));
must("append", $ftp->append($source, "twice"));
must("append", $ftp->append($source, "twice"));
$ftp->size("twice") == 2 * -s $source or die "size of twice\n";
must("rename", $ftp->rename("one file", "another"));
must("delete", $ftp->delete("another"));
must("delete", $ftp->delete("twice"));
must("cdup", $ftp->cdup);
must("rmdir", $ftp->rmdir("a folder"));
must("quit", $ftp->quit);
print "done\n";
