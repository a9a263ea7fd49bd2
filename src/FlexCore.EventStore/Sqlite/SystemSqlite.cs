using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace FlexCore.EventStore.Sqlite;

/// <summary>Connects the SQLite provider to the library of the operating system, which is patched with it; none is shipped. There is one provider in a process, so who uses SQLite beside the event store loads it here.</summary>
public static class SystemSqlite
{
    private static readonly string LibraryName = OperatingSystem.IsWindows() ? "winsqlite3" : "libsqlite3.so.0";
    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>Loads the library once in the life of the process.</summary>
    /// <exception cref="DllNotFoundException">The library is not installed.</exception>
    public static void EnsureLoaded() => _ = Loaded.Value;

    private static bool Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return true;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) =>
        string.Equals(name, "e_sqlite3", StringComparison.Ordinal) ? NativeLibrary.Load(LibraryName) : 0;
}
