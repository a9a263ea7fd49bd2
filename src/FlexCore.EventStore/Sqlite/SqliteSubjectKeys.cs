using FlexCore.EventStore.Erasure;

namespace FlexCore.EventStore.Sqlite;

/// <summary>
/// Keys of subjects in a file of their own beside the store, so that no copy of the log has them. What is deleted there is overwritten, and no
/// write-ahead log keeps it. The file is made with the first key. SQLite works on the calling thread.
/// </summary>
internal sealed class SqliteSubjectKeys(string storePath) : ISubjectKeys, IDisposable
{
    private const int Version = 1;
    private const UnixFileMode OwnerReadsAndWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // EXTRA: without a write-ahead log, FULL lets the loss of power undo the last commit, and a destroyed key would be back.
    private const string Settings = "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA secure_delete = ON";

    private const string Schema =
        """
        CREATE TABLE subject_keys (key_id BLOB PRIMARY KEY, subject BLOB NOT NULL, wrapped BLOB, erasure BLOB) STRICT, WITHOUT ROWID;
        CREATE INDEX subject_keys_by_subject ON subject_keys (subject);
        CREATE TABLE subject_master (one INTEGER PRIMARY KEY CHECK (one = 1), fingerprint BLOB NOT NULL) STRICT;
        PRAGMA user_version = 1
        """;

    private const string Columns = "SELECT key_id, subject, wrapped, erasure FROM subject_keys";

    private readonly string _path = storePath + "-keys";
    private readonly Lock _gate = new();
    private SqliteSession? _session;
    private bool _disposed;

    public ValueTask<byte[]?> GetMasterAsync(byte[]? first, CancellationToken cancellationToken)
    {
        if (first is not null)
        {
            Write(session =>
            {
                using var insert = session.Query("INSERT OR IGNORE INTO subject_master VALUES (1, ?1)").Bind(1, first.AsSpan());
                insert.Step();
            });
        }

        return new(Read<byte[]?>(
            session =>
            {
                using var query = session.Query("SELECT fingerprint FROM subject_master");
                return query.Step() ? query.Bytes(0).ToArray() : null;
            },
            null));
    }

    public ValueTask<SubjectKey> GetOrAddAsync(SubjectKey fresh, CancellationToken cancellationToken)
    {
        if (InUse(fresh.Subject) is { } used) return new(used);
        var isNew = false;
        Write(session =>
        {
            using var insert = session.Query("INSERT INTO subject_keys SELECT ?1, ?2, ?3, NULL WHERE NOT EXISTS (SELECT 1 FROM subject_keys WHERE subject = ?2 AND wrapped IS NOT NULL)")
                .Bind(1, fresh.Id).Bind(2, fresh.Subject.AsSpan()).Bind(3, fresh.Wrapped.AsSpan());
            insert.Step();
            isNew = session.Changes > 0;
        });

        // Another process was quicker; and if its key was destroyed since, the next turn makes another.
        return isNew ? new(fresh) : GetOrAddAsync(fresh, cancellationToken);
    }

    public ValueTask<IReadOnlyList<SubjectKey>> FindAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken) => new(Read<IReadOnlyList<SubjectKey>>(
        session =>
        {
            var found = new List<SubjectKey>(ids.Count);
            foreach (var id in ids)
            {
                using var query = session.Query($"{Columns} WHERE key_id = ?1").Bind(1, id);
                if (query.Step()) found.Add(Key(query));
            }

            return found;
        },
        []));

    public ValueTask<IReadOnlyList<SubjectKey>> ListAsync(byte[] subject, CancellationToken cancellationToken) => new(Read<IReadOnlyList<SubjectKey>>(
        session =>
        {
            using var query = session.Query($"{Columns} WHERE subject = ?1").Bind(1, subject.AsSpan());
            var found = new List<SubjectKey>();
            while (query.Step()) found.Add(Key(query));
            return found;
        },
        []));

    public ValueTask DestroyAsync(IReadOnlyList<SubjectKey> destroyed, CancellationToken cancellationToken)
    {
        if (destroyed.Count == 0) return ValueTask.CompletedTask;
        const string Sql =
            "INSERT INTO subject_keys VALUES (?1, ?2, NULL, ?3) ON CONFLICT (key_id) DO UPDATE SET wrapped = NULL, erasure = excluded.erasure WHERE wrapped IS NOT NULL";
        Write(session =>
        {
            foreach (var key in destroyed)
            {
                using var destroy = session.Query(Sql).Bind(1, key.Id).Bind(2, key.Subject.AsSpan()).Bind(3, key.Erasure!.Value);
                destroy.Step();
            }
        });
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _session?.Dispose();
            _session = null;
        }
    }

    private static SubjectKey Key(SqliteQuery row) => new(Id(row.Bytes(0)), row.Bytes(1).ToArray(), row.Bytes(2) is { IsEmpty: false } wrapped ? wrapped.ToArray() : null, row.Bytes(3) is { IsEmpty: false } erasure ? Id(erasure) : null);

    private static Guid Id(ReadOnlySpan<byte> bytes) => new(bytes, bigEndian: true);

    private SubjectKey? InUse(byte[] subject) => Read(
        session =>
        {
            using var query = session.Query($"{Columns} WHERE subject = ?1 AND wrapped IS NOT NULL").Bind(1, subject.AsSpan());
            return query.Step() ? Key(query) : null;
        },
        null);

    /// <returns>What there is without a file when there is none.</returns>
    private T Read<T>(Func<SqliteSession, T> read, T nothing)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_session is null && !File.Exists(_path)) return nothing;
            return read(_session ??= Open());
        }
    }

    private void Write(Action<SqliteSession> write)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Transact(_session ??= Open(), write);
        }
    }

    private SqliteSession Open()
    {
        CreateFile();
        var session = SqliteSession.Open(_path, create: false);
        try
        {
            session.ExecuteScript(Settings);
            if (ReadVersion(session) == 0) Transact(session, Migrate);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static void Migrate(SqliteSession session)
    {
        // Another process may have been quicker.
        if (ReadVersion(session) == 0) session.ExecuteScript(Schema);
    }

    private static long ReadVersion(SqliteSession session)
    {
        using var query = session.Query("PRAGMA user_version");
        query.Step();
        var version = query.Number(0);
        return version <= Version ? version : throw SqliteFailure.NewerSchema(session.Path, version, Version);
    }

    private static void Transact(SqliteSession session, Action<SqliteSession> write)
    {
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            write(session);
            session.Execute("COMMIT");
        }
        finally
        {
            if (session.InTransaction) session.Execute("ROLLBACK");
        }
    }

    /// <summary>For its owner alone.</summary>
    private void CreateFile()
    {
        try
        {
            SqliteFile.EnsureExists(_path, OwnerReadsAndWrites);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SqliteFailure.CannotOpen(_path, e.Message);
        }
    }
}
