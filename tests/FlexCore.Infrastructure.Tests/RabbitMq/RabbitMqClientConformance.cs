using System.Net.NetworkInformation;
using FlexCore.Infrastructure.RabbitMq;
using FlexCore.Infrastructure.Tests.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.RabbitMq;

public sealed class RabbitMqClientConformance(SharedRabbitMq rabbit) : ClientConformance<RabbitMqClient>, IClassFixture<SharedRabbitMq>
{
    protected override string Section => "RabbitMq";

    protected override string Metric => "rabbitmq_operation_duration_seconds";

    protected override string CommonMetric => "messaging.client.operation.duration";

    protected override Dictionary<string, string?> Reachable => new(StringComparer.Ordinal) { ["Hosts:0"] = rabbit.Server.Address, ["User"] = "guest", ["Password"] = "guest" };

    protected override Dictionary<string, string?> Unreachable => new(StringComparer.Ordinal) { ["Hosts:0"] = "127.0.0.1:1", ["User"] = "guest", ["Password"] = "guest" };

    protected override (string Key, string Value) Mistake => ("Heartbeat", "00:00:00");

    protected override IServiceCollection Add(IServiceCollection services, IConfiguration configuration, string? name) => services.AddFlexCoreRabbitMq(configuration, name);

    protected override async Task AskAsync(RabbitMqClient client, CancellationToken cancellationToken) => await client.DeclareExchangeAsync("conformance", RabbitMqExchangeKind.Fanout, cancellationToken);

    protected override Task<int> ConnectionsAsync() => Task.FromResult(IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Count(connection => connection.State == TcpState.Established && connection.RemoteEndPoint.Port == rabbit.Server.Port));
}
