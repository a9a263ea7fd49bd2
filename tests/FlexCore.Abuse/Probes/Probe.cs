using System.Text.Json;

namespace FlexCore.Abuse.Probes;

/// <summary>An attempt to get out of the sandbox, written in one of the Python files beside this one.</summary>
/// <param name="Name">The file and the function.</param>
/// <param name="Control">How a run without a sandbox shows that the attempt works.</param>
internal sealed record Probe(string Name, ProbeControl Control)
{
    /// <summary>Where the Python files are.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Probes");

    private static readonly Lazy<Task<IReadOnlyList<Probe>>> All = new(ReadAsync);

    /// <summary>All that are declared, asked from the files themselves.</summary>
    public static Task<IReadOnlyList<Probe>> ListAsync() => All.Value;

    /// <summary>One of them.</summary>
    public static async Task<Probe> FindAsync(string name) => (await ListAsync()).Single(probe => probe.Name == name);

    private static async Task<IReadOnlyList<Probe>> ReadAsync()
    {
        var list = (await Command.RunAsync("/usr/bin/python3", ["-B", Folder, "--list"], "/")).ShouldExitWith(0);
        return JsonSerializer.Deserialize<List<Probe>>(list.Output, JsonSerializerOptions.Web)!;
    }
}

/// <summary>How a run without a sandbox shows that a probe works.</summary>
/// <param name="Kind">
/// <c>user</c>: an ordinary user succeeds; <c>namespace</c>: as root of a user namespace of its own; <c>otherwise</c>: it is refused too, in another way;
/// <c>none</c>: nobody but root could show it.
/// </param>
/// <param name="Error">For <c>otherwise</c>: how an ordinary user is refused.</param>
/// <param name="Reason">For <c>none</c>: why.</param>
internal sealed record ProbeControl(string Kind, string? Error, string? Reason);

/// <summary>What a probe has to say of itself.</summary>
/// <param name="Allowed">Whether it got what it wanted.</param>
/// <param name="Detail">What it got, or what stopped it.</param>
/// <param name="Absent">What this machine lacks for it.</param>
/// <param name="Error">What is wrong with the probe.</param>
internal sealed record ProbeResult(bool Allowed, string? Detail, string? Absent, string? Error)
{
    /// <summary>Reads the one line that a probe prints, or says why there is none.</summary>
    public static ProbeResult Parse(string output, string error)
    {
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(1, $"the probe printed:\n{output}\n{error}");
        var result = JsonSerializer.Deserialize<ProbeResult>(output, JsonSerializerOptions.Web)!;
        result.Error.ShouldBeNull();
        return result;
    }
}
