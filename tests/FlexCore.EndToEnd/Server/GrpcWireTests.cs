using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace FlexCore.EndToEnd.Server;

/// <summary>What gRPC makes of bytes that no client would send.</summary>
public sealed class GrpcWireTests(ServedProject server) : IClassFixture<ServedProject>, IDisposable
{
    private const int Ok = 0;
    private const int DeadlineExceeded = 4;
    private const int ResourceExhausted = 8;
    private const int Unimplemented = 12;
    private const int Internal = 13;
    private const int Unauthenticated = 16;

    private const string List = "/flexcore.v1.PipelineService/List";

    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };

    public static TheoryData<string, byte[], int> Bodies => new()
    {
        { "a message", [0, 0, 0, 0, 0], Ok },
        { "a message with fields that nobody knows", [0, 0, 0, 0, 3, 0xf8, 0x01, 0x07], Ok },
        { "nothing", [], Unimplemented },
        { "half a header", [0, 0, 0], Internal },
        { "a header without its message", [0, 0, 0, 0, 9], Internal },
        { "half a message", [0, 0, 0, 0, 9, 1, 2], Internal },
        { "two messages", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], Unimplemented },
        { "a message and rubbish", [0, 0, 0, 0, 0, 7], Internal },
        { "a compressed message", [1, 0, 0, 0, 0], Unimplemented },
        { "a flag that does not exist", [2, 0, 0, 0, 0], Internal },
        { "a length of 4 GiB", [0, 0xff, 0xff, 0xff, 0xff, 1], ResourceExhausted },
        { "a length of one byte too many", [0, 0, 0x40, 0, 1, 1], ResourceExhausted },
        { "a field that does not end", [0, 0, 0, 0, 2, 0x12, 0x7f], Internal },
        { "a tag of no field", [0, 0, 0, 0, 1, 0x00], Internal },
        { "text that is no UTF-8, which is read with replacement signs", [0, 0, 0, 0, 3, 0x12, 0x01, 0xff], Ok },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Body_is_read_or_refused(string what, byte[] body, int status)
    {
        var answer = await CallAsync(List, body);
        answer.Status.ShouldBe(status, $"{what}: {answer.Message}");
        (answer.Message.Length > 0).ShouldBe(status != Ok, what);
    }

    [Fact]
    public async Task Random_bytes_never_break_the_server()
    {
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            var body = new byte[random.Next(64)];
            random.NextBytes(body);

            // Half of them with a frame that fits, so that the message itself is read.
            if (i % 2 == 0) body = [0, 0, 0, 0, (byte)body.Length, .. body];
            var answer = await CallAsync(i % 3 == 0 ? "/flexcore.v1.RunService/List" : "/flexcore.v1.EventService/List", body);
            answer.Message.ShouldNotContain("defect", customMessage: Convert.ToHexString(body));
        }

        server.Said.ShouldNotContain(" is broken");
        (await CallAsync(List, [0, 0, 0, 0, 0])).Status.ShouldBe(Ok);
    }

    [Fact]
    public async Task Large_message_is_taken_up_to_4_MiB()
    {
        // A field that nobody knows, with so many bytes.
        var body = new byte[5 + 4 * 1024 * 1024];
        byte[] header = [0, 0, 0x40, 0, 0, 0xfa, 0x01, 0xfa, 0xff, 0xff, 0x01];
        header.CopyTo(body, 0);
        (await CallAsync(List, body)).Status.ShouldBe(Ok);
    }

    [Theory]
    [InlineData("/flexcore.v1.PipelineService/Nothing")]
    [InlineData("/nobody/Nothing")]
    [InlineData("/")]
    public async Task Method_that_does_not_exist_is_unimplemented(string path) => (await CallAsync(path, [0, 0, 0, 0, 0])).Status.ShouldBe(Unimplemented);

    [Theory]
    [InlineData("grpc-timeout", "soon", Internal)]
    [InlineData("grpc-timeout", "123456789S", Internal)]
    [InlineData("grpc-timeout", "-1S", Internal)]
    [InlineData("grpc-timeout", "99999999H", Ok)]
    [InlineData("grpc-timeout", "1n", DeadlineExceeded)]
    [InlineData("grpc-encoding", "gzip", Unimplemented)]
    [InlineData("grpc-encoding", "identity", Ok)]
    [InlineData("authorization", "Bearer flexcore_x_y", Unauthenticated)]
    [InlineData("authorization", "Basic YTpi", Unauthenticated)]
    public async Task Header_is_read_or_refused(string name, string value, int status)
    {
        var answer = await CallAsync(List, [0, 0, 0, 0, 0], request =>
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        });
        answer.Status.ShouldBe(status, answer.Message);
    }

    [Fact]
    public async Task What_is_not_grpc_is_told_so_by_http()
    {
        using var get = new HttpRequestMessage(HttpMethod.Get, $"http://{server.GrpcAddress}{List}") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        (await _client.SendAsync(get, Token)).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        using var json = Request(List, "{}"u8.ToArray());
        json.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        (await _client.SendAsync(json, Token)).StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task Deadline_is_kept_by_the_server_too()
    {
        var run = await RunAsync();
        var answer = await CallAsync("/flexcore.v1.RunService/Watch", [0, 0, 0, 0, 38, 0x0a, 36, .. System.Text.Encoding.ASCII.GetBytes(run)], request => request.Headers.Add("grpc-timeout", "200m"));
        answer.Status.ShouldBe(DeadlineExceeded, answer.Message);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0001\u0002\u0003\u0004 no frame of HTTP/2 looks like this")]
    [InlineData("\u0016\u0003\u0001 hello of TLS")]
    public async Task Bytes_that_are_no_HTTP_2_end_the_connection_and_nothing_else(string bytes)
    {
        var address = IPEndPoint.Parse(server.GrpcAddress);
        using var socket = new TcpClient();
        await socket.ConnectAsync(address, Token);
        var stream = socket.GetStream();
        await stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes(bytes), Token);
        socket.Client.Shutdown(SocketShutdown.Send);
        try
        {
            await stream.CopyToAsync(Stream.Null, Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
        }
        catch (IOException)
        {
            // Ended without a word, which is as good.
        }

        (await CallAsync(List, [0, 0, 0, 0, 0])).Status.ShouldBe(Ok);
    }

    private async Task<string> RunAsync()
    {
        var accepted = (await server.AskAsync(HttpMethod.Post, "/api/v1/runs", json: """{"pipeline":"waiting"}""")).ShouldBe(HttpStatusCode.Accepted);
        return accepted.Json.GetProperty("run_id").GetString()!;
    }

    private HttpRequestMessage Request(string path, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"http://{server.GrpcAddress}{path}")
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.TokenOf("admin"));
        request.Headers.TE.ParseAdd("trailers");
        return request;
    }

    private async Task<(int Status, string Message)> CallAsync(string path, byte[] body, Action<HttpRequestMessage>? change = null)
    {
        using var request = Request(path, body);
        change?.Invoke(request);
        using var response = await _client.SendAsync(request, Token);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/grpc");
        response.Headers.GetValues("grpc-accept-encoding").ShouldBe(["identity"]);
        await response.Content.ReadAsByteArrayAsync(Token);
        return (int.Parse(response.TrailingHeaders.GetValues("grpc-status").Single()), response.TrailingHeaders.TryGetValues("grpc-message", out var message) ? Uri.UnescapeDataString(message.Single()) : "");
    }
}
