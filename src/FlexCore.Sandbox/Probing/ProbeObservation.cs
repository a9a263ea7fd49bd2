namespace FlexCore.Sandbox.Probing;

/// <summary>What the program of the self-test saw, and what the host saw of it.</summary>
internal sealed record ProbeObservation
{
    public const string LastLine = "ready";

    private const string Look = """
        while read -r line; do echo "$line"; done < /proc/self/status
        readlink /proc/self/ns/user /proc/self/ns/mnt /proc/self/ns/pid /proc/self/ns/net /proc/self/ns/ipc /proc/self/ns/uts /proc/self/ns/cgroup
        for path in / /usr /etc /dev; do if ( : > "$path/flexcore-probe" ) 2> /dev/null; then echo "Writable: $path"; fi; done

        """;

    private const string Wait = """

        echo ready
        read -r end
        exit 0
        """;

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>The program of the self-test.</summary>
    /// <param name="place">Where it runs.</param>
    /// <param name="breaksOut">Whether it tries to break out too.</param>
    public static SandboxSpec Describe(SandboxPlace place, bool breaksOut)
    {
        var attempts = breaksOut ? string.Join('\n', BreakOut.At(place.Level).Select(attempt => attempt.ToScript())) : string.Empty;
        return new SandboxSpec { Name = "probe", Place = place, Command = ["sh", "-c", Look + attempts + Wait], WorkingDirectory = place.Temp };
    }

    /// <summary>Why there is nothing to see; null when all went well.</summary>
    public string? Error { get; init; }

    /// <summary>Whether a program has looked at itself.</summary>
    public bool WasMade => _values.Count > 0;

    /// <summary>The uid under which the host knows the program; null when it could not be seen.</summary>
    public int? HostUid { get; private set; }

    /// <summary>A value by its name in <c>/proc/self/status</c>, or a namespace by its name.</summary>
    public string? this[string name] => _values.GetValueOrDefault(name);

    public void Add(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0)
        {
            _values[line[..colon]] = line[(colon + 1)..].Trim();
        }
    }

    /// <summary>Takes the uid from what the host says of the sandbox's first process.</summary>
    public void AddHostView(string status)
    {
        var uids = status.Split('\n').FirstOrDefault(line => line.StartsWith("Uid:", StringComparison.Ordinal))?.Split('\t') ?? [];
        HostUid = uids.Length > 1 && int.TryParse(uids[1], out var uid) ? uid : null;
    }
}
