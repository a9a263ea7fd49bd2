namespace FlexCore.Sandbox;

/// <summary>How much keeps a program apart from the machine; the greater, the more.</summary>
public enum SandboxLevel
{
    /// <summary>A process of its own with a cleared environment, its own descriptors, rlimits and no new privileges. It can do all that its user can.</summary>
    None,

    /// <summary>
    /// As <see cref="None"/>, and Landlock and seccomp keep it from files that were not granted, from all sockets, and from other processes. It shares every namespace
    /// with the host: it sees which processes there are, and whether a path exists.
    /// </summary>
    Process,

    /// <summary>Namespaces of its own of every kind, seccomp, and a uid of its own where the runtime is root.</summary>
    Sandbox,
}
