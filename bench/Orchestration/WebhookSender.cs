using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FlexCore.Orchestration.Benchmarks;

/// <summary>Sends signed messages to one pipeline.</summary>
internal sealed class WebhookSender(Uri address, string secret) : IDisposable
{
    private const string Body = """{"order":{"region":"eu"}}""";

    private readonly HttpClient _client = new();

    /// <returns>The run that the message has started.</returns>
    public async Task<Guid> SendAsync()
    {
        var (id, timestamp) = (Guid.NewGuid().ToString(), TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        request.Content = new StringContent(Body, Encoding.UTF8, "application/json");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{id}.{timestamp}.{Body}")))}");
        using var response = await _client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return answer.RootElement.GetProperty("run_id").GetGuid();
    }

    public void Dispose() => _client.Dispose();
}
