using System.Runtime.InteropServices;

namespace FlexCore.Sandbox.Seccomp;

/// <summary>The architectures there is a filter for; the values are the kernel's AUDIT_ARCH numbers.</summary>
internal enum SeccompArchitecture : uint
{
    X64 = 0xC000_003E,
    Arm64 = 0xC000_00B7,
}

internal static class SeccompArchitectures
{
    /// <summary>This machine's; null when there is no filter for it.</summary>
    public static SeccompArchitecture? Current => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => SeccompArchitecture.X64,
        Architecture.Arm64 => SeccompArchitecture.Arm64,
        _ => null,
    };
}
