using FlexCore.Infrastructure.Tests.Clients;
using FlexCore.Infrastructure.Webhooks;
using FlexCore.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.Webhooks;

public sealed class WebhookClientConformance : ClientConformance<WebhookClient>, IAsyncDisposable
{
    private readonly WebhookServer _server = new();

    protected override string Section => "Webhook";

    protected override string Metric => "webhook_send_duration_seconds";

    protected override string CommonMetric => "messaging.client.operation.duration";

    protected override Dictionary<string, string?> Reachable => new(StringComparer.Ordinal) { ["Url"] = _server.Url };

    protected override Dictionary<string, string?> Unreachable => new(StringComparer.Ordinal) { ["Url"] = "http://127.0.0.1:1/" };

    protected override (string Key, string Value) Mistake => ("Url", "http://example.com/");

    protected override IServiceCollection Add(IServiceCollection services, IConfiguration configuration, string? name) => services.AddFlexCoreWebhook(configuration, name);

    protected override async Task AskAsync(WebhookClient client, CancellationToken cancellationToken) => await client.SendAsync(new WebhookMessage("Hello", "World"), cancellationToken);

    // Connections are of the process, not of the client.
    protected override Task<int> ConnectionsAsync() => Task.FromResult(0);

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
