using System.Text;
using System.Text.Json.Nodes;
using FlexCore.Abuse.Machine;
using FlexCore.Sandbox;

namespace FlexCore.Abuse.Probes;

/// <summary>What the host is to a plugin, another plugin is too: the neighbour that probes are aimed at runs in a sandbox of its own.</summary>
public sealed class BesideTests(Attacker attacker) : IClassFixture<Attacker>
{
    private const string ConfigPath = "/run/flexcore/config.json";

    // Those that do not go by a number that means another process in another sandbox. That each works is shown by ProbeTests.
    private static readonly string[] Probes =
    [
        "processes.search_all_environments", "processes.see_processes_of_the_host", "processes.read_files_through_another_process", "processes.end_everything",
        "files.read_a_file_that_was_not_granted", "ipc.attach_shared_memory_of_the_host", "ipc.open_a_queue_of_the_host", "ipc.read_what_lies_in_dev_shm",
        "network.connect_to_a_service_of_the_host", "network.connect_to_an_abstract_socket", "network.connect_to_a_socket_of_the_host",
        "network.list_the_connections_of_the_host", "network.list_the_sockets_of_the_host",
    ];

    [Fact]
    public async Task Plugin_reaches_nothing_of_another_one_that_runs_beside_it()
    {
        Repository.RequireRoot();
        await using var playground = new Playground();
        await using var victim = await attacker.Host.StartAsync(Victim(), TestContext.Current.CancellationToken);
        var target = JsonNode.Parse((await Plugin.ReadLineAsync(victim.Output)).ShouldNotBeNull())!.AsObject();
        target["secret_file"] = ConfigPath;

        await using var process = await attacker.Host.StartAsync(Attacker.Describe(playground, Attacker.Limits, Probes), TestContext.Current.CancellationToken);
        var attempt = await Attacker.RunAsync(process, playground.Describe(target));

        var results = attempt.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => ProbeResult.Parse(line, attempt.Error)).ToList();
        results.Count.ShouldBe(Probes.Length, attempt.ToString());
        results.ShouldAllBe(result => !result.Allowed);
        victim.Input.Complete();
        (await Plugin.ReadToEndAsync(victim.Output)).ShouldBe("{\"unharmed\": true}\n");
        (await victim.EndAsync()).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Plugin_is_not_disturbed_by_what_another_one_uses_up()
    {
        Repository.RequireRoot();
        await using var good = await attacker.Host.StartAsync(Plugin.Shell("read line; echo $line"), TestContext.Current.CancellationToken);
        await Task.WhenAll(attacker.AttemptAsync("hostile.take_memory", _ => Attacker.Limits with { MemoryBytes = 64 << 20 }), attacker.AttemptAsync("hostile.fork_without_end"));

        (await good.Input.WriteAsync("still here\n"u8.ToArray())).ShouldBeTrue();

        (await Plugin.ReadToEndAsync(good.Output)).ShouldBe("still here\n");
        (await good.EndAsync()).ExitCode.ShouldBe(0);
    }

    /// <summary>The neighbour, with a secret in its environment and in its private configuration.</summary>
    private static SandboxSpec Victim() => Plugin.Python(File.ReadAllText(Neighbour.Script), "/tmp") with
    {
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { [Neighbour.SecretVariable] = Neighbour.Secret },
        Files = [new SandboxFile(ConfigPath, Encoding.UTF8.GetBytes(Neighbour.Secret))],
    };
}
