using FlexCore.Infrastructure.Http;
using FlexCore.Infrastructure.Tests.Clients;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.Http;

public sealed class HttpClientConformance : ClientConformance<HttpServiceClient>, IAsyncLifetime
{
    private TestService _service = null!;

    protected override string Section => "Http";

    protected override string Metric => "http.client.request.duration";

    protected override string CommonMetric => Metric;

    protected override string SpanSource => "System.Net.Http";

    protected override Dictionary<string, string?> Reachable => new(StringComparer.Ordinal) { ["Addresses:0"] = _service.Address };

    protected override Dictionary<string, string?> Unreachable => new(StringComparer.Ordinal) { ["Addresses:0"] = "http://127.0.0.1:1" };

    protected override (string Key, string Value) Mistake => ("MaxPerSecond", "-1");

    public async ValueTask InitializeAsync() => _service = await TestService.StartAsync(context => context.Response.WriteAsync("well"));

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override IServiceCollection Add(IServiceCollection services, IConfiguration configuration, string? name) => services.AddFlexCoreHttp(configuration, name);

    protected override async Task AskAsync(HttpServiceClient client, CancellationToken cancellationToken) => await client.SendAsync(new HttpCall(HttpMethod.Get, "thing"), cancellationToken);

    protected override Task<int> ConnectionsAsync() => Task.FromResult(_service.Connections);
}
