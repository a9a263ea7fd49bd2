using FlexCore.Infrastructure.Tests.Clients;
using FlexCore.Infrastructure.Vault;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.Vault;

public sealed class VaultClientConformance : ClientConformance<VaultClient>, IAsyncLifetime
{
    private VaultStandIn _vault = null!;

    protected override string Section => "Vault";

    protected override string Metric => "secret_source_duration_seconds";

    protected override string CommonMetric => "http.client.request.duration";

    protected override string SpanSource => "System.Net.Http";

    protected override Dictionary<string, string?> Reachable => new(StringComparer.Ordinal) { ["Address"] = _vault.Address, ["Mount"] = "kv", ["Token"] = _vault.Token };

    protected override Dictionary<string, string?> Unreachable => new(StringComparer.Ordinal) { ["Address"] = "http://127.0.0.1:1", ["Token"] = "token" };

    protected override (string Key, string Value) Mistake => ("Mount", "../up");

    public async ValueTask InitializeAsync()
    {
        _vault = await VaultStandIn.StartAsync();
        _vault.Set("key", "value");
    }

    public async ValueTask DisposeAsync()
    {
        await _vault.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override IServiceCollection Add(IServiceCollection services, IConfiguration configuration, string? name) => services.AddFlexCoreVault(configuration, name);

    protected override async Task AskAsync(VaultClient client, CancellationToken cancellationToken) => await client.FindAsync("key", version: null, cancellationToken);

    protected override Task<int> ConnectionsAsync() => Task.FromResult(_vault.Connections);
}
