// One POST by the JDK's client as it is, twice over its pool of connections. Prints status and body of each.
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;

class Ask {
    /** Arguments: URL, file with the body, "length", "chunks" or "expect", then names and values of headers. */
    public static void main(String[] args) throws Exception {
        byte[] body = Files.readAllBytes(Path.of(args[1]));
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest.Builder request = HttpRequest.newBuilder().uri(URI.create(args[0]));
        for (int n = 3; n < args.length; n += 2) {
            request.header(args[n], args[n + 1]);
        }
        if (args[2].equals("chunks")) {
            request.POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)));
        } else {
            request.POST(HttpRequest.BodyPublishers.ofByteArray(body)).expectContinue(args[2].equals("expect"));
        }
        for (int n = 0; n < 2; n++) {
            HttpResponse<String> reply = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            System.out.println(reply.statusCode() + " " + reply.body());
        }
    }
}
