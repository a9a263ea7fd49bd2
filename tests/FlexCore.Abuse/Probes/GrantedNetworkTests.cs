using System.Net;
using System.Net.Sockets;
using FlexCore.Abuse.Machine;
using FlexCore.Sandbox;

namespace FlexCore.Abuse.Probes;

/// <summary>A sandbox with one granted destination is as tight as one without.</summary>
public sealed class GrantedNetworkTests(Attacker attacker) : IClassFixture<Attacker>
{
    [Fact]
    public async Task Grant_of_one_destination_opens_nothing_else()
    {
        Repository.RequireRoot();
        await using var playground = new Playground();
        using var destination = new TcpListener(IPAddress.Loopback, 0);
        destination.Start();
        var probes = (await ProbeTests.Names()).Select(row => row.Data).ToArray();
        var granted = new SandboxEndpoint("granted.localhost", ((IPEndPoint)destination.LocalEndpoint).Port);
        await using var process = await attacker.Host.StartAsync(
            Attacker.Describe(playground, Attacker.Limits, probes) with { Network = [granted] }, TestContext.Current.CancellationToken);
        using var neighbour = await Neighbour.StartAsync(process.HostUid, playground.Outside);

        var attempt = await Attacker.RunAsync(process, playground.Describe(neighbour.Target));

        var lines = attempt.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(probes.Length, attempt.ToString());
        lines.Where(line => ProbeResult.Parse(line, attempt.Error).Allowed).ShouldBeEmpty();
        (await neighbour.EndAsync()).ShouldBeTrue("a probe harmed a process of the host");
    }
}
