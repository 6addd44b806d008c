// What the vendor's page of the model tells Java programs to do: the JDK's client as it is, and text cut by hand.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;

class Sample {
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    static String between(String text, String before) {
        int start = text.indexOf(before) + before.length();
        return text.substring(start, text.indexOf('"', start));
    }

    static String ask(HttpRequest.Builder request, String key) throws Exception {
        HttpRequest made = request.header("Authorization", "Bearer " + key).build();
        return CLIENT.send(made, HttpResponse.BodyHandlers.ofString()).body();
    }

    /** Arguments: base URL, key, file with the body, file for the picture. */
    public static void main(String[] args) throws Exception {
        String base = args[0];
        HttpRequest.Builder submit = HttpRequest.newBuilder()
                .uri(URI.create(base + "/services/aigc/image2image/image-synthesis"))
                .header("Content-Type", "application/json")
                .header("X-DashScope-Async", "enable")
                .POST(HttpRequest.BodyPublishers.ofString(Files.readString(Path.of(args[2]))));
        String taskId = between(ask(submit, args[1]), "\"task_id\":\"");
        while (true) {
            String told = ask(HttpRequest.newBuilder().uri(URI.create(base + "/tasks/" + taskId)).GET(), args[1]);
            String status = between(told, "\"task_status\":\"");
            if (status.equals("SUCCEEDED")) {
                HttpRequest picture = HttpRequest.newBuilder()
                        .uri(URI.create(between(told, "\"output_image_url\":\""))).GET().build();
                CLIENT.send(picture, HttpResponse.BodyHandlers.ofFile(Path.of(args[3])));
                System.out.println(status);
                return;
            }
            if (!status.equals("PENDING") && !status.equals("RUNNING")) {
                throw new IllegalStateException(told);
            }
            Thread.sleep(50);
        }
    }
}
