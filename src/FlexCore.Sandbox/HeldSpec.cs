namespace FlexCore.Sandbox;

/// <summary>
/// What a held sandbox was set up for. Others go on while it is held: a file that was mounted may have been replaced by another of its name, and a path that is to stay
/// hidden may be there only now.
/// </summary>
internal sealed class HeldSpec
{
    private readonly SandboxSpec _spec;
    private readonly List<Libc.FileIdentity?> _paths;

    private HeldSpec(SandboxSpec spec, List<Libc.FileIdentity?> paths) => (_spec, _paths) = (spec, paths);

    /// <summary>Taken before the sandbox is set up.</summary>
    public static HeldSpec Of(SandboxSpec spec) => new(spec, Look(spec));

    /// <summary>Whether a sandbox that is set up now would be the same.</summary>
    public bool IsStill(SandboxSpec spec) =>
        spec.Place == _spec.Place
        && spec.Network.Count + _spec.Network.Count == 0 // Names may have other addresses now.
        && spec.Limits == _spec.Limits
        && spec.WorkingDirectory == _spec.WorkingDirectory
        && spec.Command.SequenceEqual(_spec.Command)
        && spec.Environment.Count == _spec.Environment.Count
        && spec.Environment.All(variable => _spec.Environment.TryGetValue(variable.Key, out var value) && value == variable.Value)
        && spec.Files.SequenceEqual(_spec.Files, FileComparer)
        && spec.Mounts.SequenceEqual(_spec.Mounts)
        && spec.HiddenPaths.SequenceEqual(_spec.HiddenPaths)
        && Look(spec).SequenceEqual(_paths);

    private static readonly EqualityComparer<SandboxFile> FileComparer =
        EqualityComparer<SandboxFile>.Create((one, other) => one!.Path == other!.Path && one.Content.Span.SequenceEqual(other.Content.Span));

    private static List<Libc.FileIdentity?> Look(SandboxSpec spec) => [.. spec.Mounts.Select(mount => mount.HostPath).Concat(spec.HiddenPaths).Select(Libc.TryGetIdentity)];
}
