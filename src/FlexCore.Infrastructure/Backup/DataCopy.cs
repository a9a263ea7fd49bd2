using Microsoft.Data.Sqlite;

namespace FlexCore.Infrastructure.Backup;

/// <summary>A folder that becomes a backup, or has been one: a data directory without what is made of the rest, and without keys.</summary>
internal sealed class DataCopy : IDisposable
{
    private const string Events = "flexcore.db";
    private const string DeadLetters = "deadletters.db";
    private const string Checkpoint = "checkpoint.txt";

    // Events that have left the database are moved into files before they leave it, so these are copied after it.
    private static readonly string[] Others = ["secrets.json", "archive", "plugins", "catalog", "catalog.json", "catalog.intents"];

    /// <summary>Makes an empty one beside a data directory, or in it.</summary>
    public DataCopy(string folder) => Folder = Directory.CreateDirectory($"{folder}-{Guid.NewGuid():N}", DataDirectory.OwnerOnly).FullName;

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    /// <summary>Copies what the events are compared with: before them, for one that was made after would be of events that are missing.</summary>
    public void CopyCheckpoint(string dataDirectory) => Copy(dataDirectory, Checkpoint);

    /// <summary>Copies the database of the events, as of one moment, while it is used.</summary>
    public void CopyEvents(string dataDirectory) => CopyDatabase(dataDirectory, Events);

    /// <summary>Copies the rest.</summary>
    /// <param name="dataDirectory">Of which.</param>
    /// <param name="withLogs">Whether what plugins have said goes along.</param>
    public void CopyOthers(string dataDirectory, bool withLogs)
    {
        CopyDatabase(dataDirectory, DeadLetters);
        foreach (var name in withLogs ? [.. Others, "logs"] : Others) Copy(dataDirectory, name);
    }

    /// <summary>All files and links in it, by their paths from there.</summary>
    public IReadOnlyList<string> FindFiles() => [.. FindFiles(Folder).Select(file => Path.GetRelativePath(Folder, file)).Order(StringComparer.Ordinal)];

    /// <summary>Removes what is left of it.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
    }

    private void CopyDatabase(string dataDirectory, string name)
    {
        var path = Path.Combine(dataDirectory, name);
        if (!File.Exists(path)) return;
        using var source = Open(path, SqliteOpenMode.ReadOnly);
        using var target = Open(Path.Combine(Folder, name), SqliteOpenMode.ReadWriteCreate);
        source.BackupDatabase(target);
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private void Copy(string dataDirectory, string name) => CopyTree(Path.Combine(dataDirectory, name), Path.Combine(Folder, name));

    private static IEnumerable<string> FindFiles(string folder) =>
        new DirectoryInfo(folder).EnumerateFileSystemInfos().SelectMany(entry => entry is DirectoryInfo { LinkTarget: null } ? FindFiles(entry.FullName) : [entry.FullName]);

    private static void CopyTree(string from, string to)
    {
        // What it points at is not the data directory's, and may be the whole machine.
        if (new FileInfo(from).LinkTarget is { } target)
        {
            File.CreateSymbolicLink(to, target);
            return;
        }

        if (File.Exists(from)) File.Copy(from, to);
        if (!Directory.Exists(from)) return;
        Directory.CreateDirectory(to, DataDirectory.OwnerOnly);
        foreach (var entry in Directory.EnumerateFileSystemEntries(from)) CopyTree(entry, Path.Combine(to, Path.GetFileName(entry)));
    }
}
