namespace FlexCore.Sandbox;

/// <summary>Refuses what could not be passed on as it is written.</summary>
internal static class SpecChecks
{
    public static void ThrowIfInvalid(SandboxSpec spec)
    {
        if (spec.Command.Count == 0)
        {
            throw new ArgumentException("A sandbox needs a command.", nameof(spec));
        }

        // The kernel's strings end at a NUL: what follows would silently be something else.
        IEnumerable<string> texts =
        [
            .. spec.Command,
            spec.WorkingDirectory,
            .. spec.Environment.Keys,
            .. spec.Environment.Values,
            .. spec.Mounts.SelectMany(m => (string[])[m.HostPath, m.SandboxPath]),
            .. spec.Files.Select(f => f.Path),
            .. spec.HiddenPaths,
        ];
        if (texts.Any(text => text.Contains('\0', StringComparison.Ordinal)))
        {
            throw new ArgumentException("A command, path or variable contains a NUL character.", nameof(spec));
        }

        if (spec.Network.Count > SandboxEndpoint.MostPerSandbox || spec.Network.Any(endpoint => SandboxEndpoint.Parse(endpoint.ToString(), out _) != endpoint))
        {
            throw new ArgumentException($"The network of a sandbox is at most {SandboxEndpoint.MostPerSandbox} destinations, each a host and a port.", nameof(spec));
        }

        // Zero means "no limit" to some of those who are told.
        if (spec.Limits is not { MemoryBytes: > 0, Processes: > 0, OpenFiles: > 0, TmpBytes: > 0, Connections: > 0, Cpus: null or > 0, OutputBytes: null or > 0, ErrorBytes: null or > 0 }
            || spec.Limits.Time <= TimeSpan.Zero || spec.Limits.Idle <= TimeSpan.Zero || spec.Limits.Disk?.Bytes <= 0)
        {
            throw new ArgumentException("Every limit is greater than zero.", nameof(spec));
        }
    }
}
