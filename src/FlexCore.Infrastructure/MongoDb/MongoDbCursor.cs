namespace FlexCore.Infrastructure.MongoDb;

/// <summary>An answer that is read bit by bit, over a client of its own until its end.</summary>
internal sealed class MongoDbCursor : IAsyncDisposable
{
    // Of what is handed over at once.
    private const int MostDocuments = 256;
    private const int MostBytes = 4 * 1024 * 1024;

    private readonly MongoDbPool _pool;
    private readonly Func<MongoClientHandle, MongoCursorHandle> _open;
    private MongoClientHandle? _client;
    private MongoCursorHandle? _cursor;
    private Task<IReadOnlyList<MongoDbDocument>> _reading = Task.FromResult<IReadOnlyList<MongoDbDocument>>([]);

    private MongoDbCursor(MongoDbPool pool, Func<MongoClientHandle, MongoCursorHandle> open) => (_pool, _open) = (pool, open);

    /// <summary>The documents that came last.</summary>
    public IReadOnlyList<MongoDbDocument> Documents { get; private set; } = [];

    /// <summary>Whether there may be more.</summary>
    public bool HasMore => _client is not null;

    /// <summary>Asks, and waits for the first documents.</summary>
    /// <param name="pool">Has the clients.</param>
    /// <param name="open">Begins the question.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public static async ValueTask<MongoDbCursor> OpenAsync(MongoDbPool pool, Func<MongoClientHandle, MongoCursorHandle> open, CancellationToken cancellationToken)
    {
        await pool.ReserveAsync(cancellationToken);
        var cursor = new MongoDbCursor(pool, open);
        try
        {
            await cursor.ReadAsync(cancellationToken);
            return cursor;
        }
        catch
        {
            await cursor.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for the next documents.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        _reading = _pool.OnThreadAsync(Read);
        Documents = await _reading.WaitAsync(cancellationToken);
        return true;
    }

    /// <summary>Ends the question, when the server has answered what it was asked last. Nobody waits for it.</summary>
    public ValueTask DisposeAsync()
    {
        if (_reading.IsCompleted && _client is null) return default;
        _ = _reading.ContinueWith(
            static (_, cursor) => ((MongoDbCursor)cursor!)._pool.OnThreadAsync(((MongoDbCursor)cursor).Close),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return default;
    }

    private IReadOnlyList<MongoDbDocument> Read()
    {
        try
        {
            _client ??= _pool.Take();
            if (_cursor is null)
            {
                _cursor = _open(_client);
                _cursor.Hold(_client);
            }

            var documents = new List<MongoDbDocument>();
            for (var bytes = 0; documents.Count < MostDocuments && bytes < MostBytes; bytes += documents[^1].Bson.Length)
            {
                if (!MongoC.Next(_cursor, out var document))
                {
                    ThrowIfFailed(_cursor);
                    Close();
                    break;
                }

                documents.Add(Copy(document));
            }

            return documents;
        }
        catch
        {
            Close();
            throw;
        }
    }

    private bool Close()
    {
        _cursor?.Dispose();
        _client?.Dispose();
        (_cursor, _client) = (null, null);
        return true;
    }

    private static void ThrowIfFailed(MongoCursorHandle cursor)
    {
        MongoError error = default;
        if (MongoC.ErrorOf(cursor, ref error, out var reply)) throw MongoDbErrors.Read(error, reply == 0 ? null : Copy(reply));
    }

    private static MongoDbDocument Copy(nint document) => MongoDbCall.Check(BsonHandle.BytesOf(document));
}
