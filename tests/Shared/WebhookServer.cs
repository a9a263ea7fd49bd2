using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace FlexCore.Testing;

/// <summary>A receiver of webhooks, and of other requests, on loopback. It answers what a test wishes, byte for byte.</summary>
internal sealed class WebhookServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<(string Head, string Body)> _requests = new();
    private readonly Func<int, string> _answer;
    private readonly Task _serving;

    /// <param name="answer">The answer to the request of that number, counted from 1; an empty one leaves it without an answer.</param>
    public WebhookServer(Func<int, string>? answer = null)
    {
        _answer = answer ?? (_ => Answer("200 OK"));
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/hook";

    public IReadOnlyList<(string Head, string Body)> Requests => [.. _requests];

    public IReadOnlyList<JsonElement> Bodies => [.. _requests.Select(request => JsonElement.Parse(request.Body))];

    public static string Answer(string status, string headers = "", string body = "") => $"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n{headers}\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var received = new List<byte>();
                var buffer = new byte[16384];
                while (true)
                {
                    var read = await stream.ReadAsync(buffer, _stop.Token);
                    if (read == 0) return;
                    received.AddRange(buffer.AsSpan(0, read));
                    var text = Encoding.UTF8.GetString([.. received]);
                    var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                    if (end < 0) continue;
                    var length = text[..end].Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) ?? "Content-Length:0";
                    if (received.Count < Encoding.UTF8.GetByteCount(text[..(end + 4)]) + int.Parse(length["Content-Length:".Length..])) continue;
                    _requests.Enqueue((text[..end], text[(end + 4)..]));
                    if (_answer(_requests.Count) is { Length: > 0 } answer) await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), _stop.Token);
                    else await Task.Delay(Timeout.Infinite, _stop.Token);
                    return;
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // The test is over, or the client has had enough.
            }
        }
    }
}
