using FlexCore.Infrastructure.Mail;
using FlexCore.Infrastructure.Tests.Clients;
using FlexCore.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.Mail;

public sealed class MailClientConformance(SharedMailServer mail) : ClientConformance<MailClient>, IClassFixture<SharedMailServer>
{
    protected override string Section => "Mail";

    protected override string Metric => "mail_send_duration_seconds";

    protected override string CommonMetric => "messaging.client.operation.duration";

    protected override Dictionary<string, string?> Reachable =>
        new(StringComparer.Ordinal) { ["Host"] = "127.0.0.1", ["Port"] = $"{mail.Port}", ["From"] = "FlexCore <flexcore@example.com>" };

    protected override Dictionary<string, string?> Unreachable => new(StringComparer.Ordinal) { ["Host"] = "127.0.0.1", ["Port"] = "1", ["From"] = "flexcore@example.com" };

    protected override (string Key, string Value) Mistake => ("From", "nobody");

    protected override IServiceCollection Add(IServiceCollection services, IConfiguration configuration, string? name) => services.AddFlexCoreMail(configuration, name);

    protected override async Task AskAsync(MailClient client, CancellationToken cancellationToken) => await client.SendAsync(new OutgoingMail(["ops@example.com"], "Hello", "World"), cancellationToken);

    // Each mail has a connection of its own, which is over with it.
    protected override Task<int> ConnectionsAsync() => Task.FromResult(0);
}

/// <summary>A mail server for all tests of a class.</summary>
public sealed class SharedMailServer : IAsyncLifetime
{
    private MailServer _server = null!;

    public int Port => _server.Port;

    public async ValueTask InitializeAsync() => _server = await MailServer.StartAsync("open");

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
