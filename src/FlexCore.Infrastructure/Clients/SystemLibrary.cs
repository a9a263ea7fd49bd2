using System.Runtime.InteropServices;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Clients;

/// <summary>A library of the operating system that a driver needs.</summary>
internal static class SystemLibrary
{
    /// <summary>Loads it.</summary>
    /// <param name="system">Whose it is.</param>
    /// <param name="name">The name of its file.</param>
    /// <param name="remedy">How to get it.</param>
    /// <exception cref="FlexCoreException">It is not installed.</exception>
    public static nint Find(string system, string name, string remedy) => NativeLibrary.TryLoad(name, out var library)
        ? library
        : throw new FlexCoreException(new Error(ErrorCodes.SystemUnreachable, $"{system}'s library is not on this machine: {name}", SpecificRemedy: remedy));
}
