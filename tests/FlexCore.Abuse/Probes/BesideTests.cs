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

    private static readonly SandboxSpec[] Hostile =
    [
        Plugin.Python("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"),
        Plugin.Python("taken = []\nwhile True: taken.append(b'x' * (1 << 20))"),
        Plugin.Python("import os\nwhile True: os.write(1, b'x' * 65536)"),
        Plugin.Python("import os\nwhile True: os.write(2, b'\\n' * 65536)"),
        Plugin.Python("import os, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nfor _ in range(5): os.fork()\nwhile True: pass"),
        Plugin.Python("n = 0\nwhile True:\n    try: open(f'/tmp/{n}', 'wb').write(bytes(4096))\n    except OSError: n = 0\n    n += 1"),
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

    /// <summary>Each good one reads, computes and answers; the others take what they can get of memory, processes, CPU time and the runtime's attention.</summary>
    [Fact]
    public async Task Twenty_plugins_finish_beside_hostile_ones_as_if_they_were_alone()
    {
        var alone = await Task.WhenAll(Enumerable.Range(0, 20).Select(RunGoodAsync));
        using var enough = new CancellationTokenSource();
        var attacks = Hostile.Select(spec => AttackAsync(spec, enough.Token)).ToList();

        var beside = await Task.WhenAll(Enumerable.Range(0, 20).Select(RunGoodAsync));

        await enough.CancelAsync();
        (await Task.WhenAll(attacks)).ShouldAllBe(count => count > 0);
        beside.ShouldBe(alone);
        beside.ShouldAllBe(result => result.Outcome == SandboxOutcome.Exited && result.ExitCode == 0);
    }

    [Fact]
    public async Task Sandbox_with_many_busy_processes_gets_no_more_cpu_time_than_one_with_a_single_one()
    {
        Repository.RequireRoot();
        await using var good = await attacker.Host.StartAsync(Plugin.Python("print('ready', flush=True)\nwhile True: pass"), TestContext.Current.CancellationToken);
        await using var hostile = await attacker.Host.StartAsync(Plugin.Python("import os\nfor _ in range(5): os.fork()\nprint('ready', flush=True)\nwhile True: pass"), TestContext.Current.CancellationToken);
        await Plugin.ReadLineAsync(good.Output);
        await Plugin.ReadLineAsync(hostile.Output);
        var (goodBefore, hostileBefore) = (good.ReadUsage().CpuTime, hostile.ReadUsage().CpuTime);

        await Plugin.EventuallyAsync(() => good.ReadUsage().CpuTime - goodBefore > TimeSpan.FromMilliseconds(500), "the good one gets on");

        // By process it would be 32 to 1; by sandbox 1 to 1 on one CPU, and more where the single process cannot use all there are.
        (hostile.ReadUsage().CpuTime - hostileBefore).ShouldBeLessThan((good.ReadUsage().CpuTime - goodBefore) * 4 * Environment.ProcessorCount);
    }

    private async Task<(string Output, SandboxOutcome Outcome, int? ExitCode)> RunGoodAsync(int number)
    {
        var input = string.Concat(Enumerable.Range(0, 2000).Select(i => $"{i * number}\n"));
        var result = await attacker.Host.RunAsync(Plugin.Python("import sys\ntotal = 0\nfor line in sys.stdin:\n    total += int(line)\n    print(total)"), input);
        return (result.Output, result.Exit.Outcome, result.Exit.ExitCode);
    }

    /// <summary>Runs it over and over again, reading what it says, until it is enough.</summary>
    private async Task<int> AttackAsync(SandboxSpec spec, CancellationToken enough)
    {
        var count = 0;
        while (!enough.IsCancellationRequested)
        {
            await using var process = await attacker.Host.StartAsync(spec with { Limits = Attacker.Limits with { MemoryBytes = 64 << 20 } }, TestContext.Current.CancellationToken);
            var reading = Task.WhenAll(process.Output.CopyToAsync(Stream.Null, CancellationToken.None), process.Error.CopyToAsync(Stream.Null, CancellationToken.None));
            await Task.WhenAny(process.Completion, Task.Delay(TimeSpan.FromSeconds(1), enough));
            await process.StopAsync(TimeSpan.FromMilliseconds(50));
            await reading;
            count++;
        }

        return count;
    }

    /// <summary>The neighbour, with a secret in its environment and in its private configuration.</summary>
    private static SandboxSpec Victim() => Plugin.Python(File.ReadAllText(Neighbour.Script), "/tmp") with
    {
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { [Neighbour.SecretVariable] = Neighbour.Secret },
        Files = [new SandboxFile(ConfigPath, Encoding.UTF8.GetBytes(Neighbour.Secret))],
    };
}
