using FlexCore.Sandbox.Limits;
using FlexCore.Sandbox.Mounts;

namespace FlexCore.Sandbox;

/// <summary>What one sandbox has taken of the machine.</summary>
internal sealed class SandboxResources
{
    public UidLease? Uid { get; set; }

    public MountLease? Mounts { get; set; }

    public required IResourceLimits Limits { get; init; }

    /// <summary>Gives all back, once no process is left.</summary>
    public void Release()
    {
        Limits.Remove();
        Mounts?.Remove();
        Uid?.Dispose();
    }
}
