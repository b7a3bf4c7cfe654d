/* The tour of test_languages.py with Apache Commons Net. */
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.TrustManagerFactory;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPClient;
import org.apache.commons.net.ftp.FTPFile;
import org.apache.commons.net.ftp.FTPSClient;

public class Tour {
    static void must(String what, boolean truth) {
        if (!truth)
            throw new IllegalStateException(what);
    }

    static FTPSClient secure(String ca, String version) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        try (FileInputStream file = new FileInputStream(ca)) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        FTPSClient client = new FTPSClient();
        client.setTrustManager(factory.getTrustManagers()[0]);
        client.setEnabledProtocols(new String[] {version});
        return client;
    }

    public static void main(String[] a) throws Exception {
        String source = a[6], target = a[7];
        long size = Files.size(Path.of(source));
        String version = Map.of("plain", "", "tls12", "TLSv1.2", "tls13", "TLSv1.3").get(a[4]);
        FTPClient client = version.isEmpty() ? new FTPClient() : secure(a[5], version);
        client.setDataTimeout(Duration.ofSeconds(30));
        client.connect(a[0], Integer.parseInt(a[1]));
        if (client instanceof FTPSClient) {
            ((FTPSClient) client).execPBSZ(0);
            ((FTPSClient) client).execPROT("P");
        }
        must("login", client.login(a[2], a[3]));
        must("type", client.setFileType(FTP.BINARY_FILE_TYPE));
        client.enterLocalPassiveMode();
        must("mkdir", client.makeDirectory("a folder"));
        must("cwd", client.changeWorkingDirectory("a folder"));
        try (FileInputStream file = new FileInputStream(source)) {
            must("stor", client.storeFile("one file", file));
        }
        FTPFile[] files = client.listFiles();
        must("list", files.length == 1 && files[0].getName().equals("one file") && files[0].getSize() == size);
        must("mlsd", java.util.Arrays.stream(client.mlistDir()).anyMatch(f -> f.isFile() && f.getSize() == size));
        must("names", client.listNames().length == 1);
        try (FileOutputStream file = new FileOutputStream(target)) {
            must("retr", client.retrieveFile("one file", file));
        }
        must("missing", client.retrieveFileStream("missing") == null && client.getReplyCode() == 550);
        try (RandomAccessFile file = new RandomAccessFile(target, "rw")) {
            file.setLength(1000);
        }
        client.setRestartOffset(1000);
        try (FileOutputStream file = new FileOutputStream(target, true)) {
            must("resume", client.retrieveFile("one file", file));
        }
        for (int i = 0; i < 2; i++) {
            try (FileInputStream file = new FileInputStream(source)) {
                must("appe", client.appendFile("twice", file));
            }
        }
        must("size", client.mlistFile("twice").getSize() == 2 * size);
        must("rename", client.rename("one file", "another"));
        must("delete", client.deleteFile("another") && client.deleteFile("twice"));
        must("cdup", client.changeToParentDirectory());
        must("rmdir", client.removeDirectory("a folder"));
        must("quit", client.logout());
        client.disconnect();
        System.out.println("done");
    }
}
