using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Kafka;

/// <summary>Connects the driver to librdkafka of the operating system, which is patched with it; none is shipped.</summary>
internal static class SystemKafka
{
    private const string LibraryName = "librdkafka.so.1";

    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>Loads the library once in the life of the process.</summary>
    /// <exception cref="Domain.Errors.FlexCoreException">It is not installed.</exception>
    public static void EnsureLoaded() => _ = Loaded.Value;

    /// <summary>Finds a library, or says how to get it.</summary>
    public static nint Find(string name) => SystemLibrary.Find("Kafka", name, "Install librdkafka, on Debian by `apt-get install librdkafka1`.");

    private static bool Load()
    {
        _ = Find(LibraryName);
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // The program has already said where the driver finds it.
        }

        return Library.Load(LibraryName);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) =>
        name.Contains("rdkafka", StringComparison.Ordinal) ? NativeLibrary.Load(LibraryName)
        : name == "libdl" ? NativeLibrary.Load("libdl.so.2")
        : 0;
}
