using System.Text.Json;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>
/// Entities in one file, which is replaced as a whole: <c>{"KIND": {"ID": document}}</c>, indented, in the order of kinds and ids. What somebody changes there by hand counts from then
/// on. For some thousand small entities; each commit writes all of them.
/// </summary>
public sealed class JsonFileStore : IEntityStore
{
    // A file system may give two versions of a file that were written within a moment the same time.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly DurableFiles _files;
    private Snapshot? _last;

    /// <summary>Opens a file; it is made with the first entity.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="time">Limits how long a writer waits for others, and says whether what was read before may still be used.</param>
    public JsonFileStore(string path, TimeProvider time) => (_path, _time, _files) = (Path.GetFullPath(path), time, new DurableFiles(time));

    internal Action<string>? BeforeStep
    {
        set => _files.Before = value;
    }

    /// <inheritdoc/>
    public ValueTask<Entity?> FindAsync(string kind, string id, CancellationToken cancellationToken)
    {
        EntityRules.CheckKind(kind);
        EntityRules.CheckId(id);
        return Read(snapshot => snapshot.Of(kind).GetValueOrDefault(id));
    }

    /// <inheritdoc/>
    public ValueTask<EntityPage> ListAsync(EntityQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.Checked();
        return Read(snapshot =>
        {
            var matching = snapshot.Of(query.Kind).Where(entry => string.CompareOrdinal(entry.Key, query.After) > 0 && query.Where.Holds(entry.Value)).Select(entry => entry.Value);
            return EntityPage.Of([.. matching.Take(query.Limit + 1)], query.Limit);
        });
    }

    /// <inheritdoc/>
    public ValueTask<long> CountAsync(string kind, Specification where, CancellationToken cancellationToken)
    {
        EntityRules.CheckKind(kind);
        return Read(snapshot => snapshot.Of(kind).Values.LongCount(where.Holds));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> KindsAsync(CancellationToken cancellationToken) => Read<IReadOnlyList<string>>(snapshot => [.. snapshot.Kinds.Where(kind => kind.Value.Count > 0).Select(kind => kind.Key)]);

    /// <inheritdoc/>
    public async ValueTask CommitAsync(IReadOnlyList<EntityChange> changes, CancellationToken cancellationToken)
    {
        var ordered = UnitOfWork.InOrder(changes);
        try
        {
            var folder = Path.GetDirectoryName(_path)!;
            Directory.CreateDirectory(folder);
            using var held = await _files.LockAsync($"{_path}.lock", cancellationToken);
            var before = Load();
            UnitOfWork.Refuse([.. ordered.Select(change => change.Against(before.Of(change.Kind).GetValueOrDefault(change.Id)?.Version)).OfType<EntityConflict>()]);
            _files.Replace(_path, before.With(ordered).Write());
            _files.SyncFolder(folder);
        }
        catch (Exception e) when (DurableFiles.IsFailure(e))
        {
            throw DurableFiles.Failed(_path, e);
        }
    }

    private ValueTask<T> Read<T>(Func<Snapshot, T> read)
    {
        try
        {
            return new(read(Load()));
        }
        catch (Exception e) when (DurableFiles.IsFailure(e))
        {
            throw DurableFiles.Failed(_path, e);
        }
    }

    private Snapshot Load()
    {
        var file = new FileInfo(_path);
        if (!file.Exists) return Snapshot.Empty;
        var stamp = (file.LastWriteTimeUtc, file.Length);
        if (Volatile.Read(ref _last) is { } last && last.Stamp == stamp) return last;
        var mayChangeUnseen = _time.GetUtcNow().UtcDateTime - file.LastWriteTimeUtc < Moment;
        var snapshot = Snapshot.Parse(File.ReadAllBytes(_path), _path, stamp);

        // Also what was replaced while it was read is not kept.
        file.Refresh();
        if (!mayChangeUnseen && file.Exists && (file.LastWriteTimeUtc, file.Length) == stamp) Volatile.Write(ref _last, snapshot);
        return snapshot;
    }

    /// <summary>What the file had at a moment.</summary>
    private sealed record Snapshot(SortedDictionary<string, SortedDictionary<string, Entity>> Kinds, (DateTime At, long Length) Stamp)
    {
        private static readonly SortedDictionary<string, Entity> None = new(StringComparer.Ordinal);
        private static readonly JsonDocumentOptions Reading = new() { MaxDepth = Entity.DeepestDocument + 2, AllowDuplicateProperties = false };

        public static Snapshot Empty { get; } = new(new SortedDictionary<string, SortedDictionary<string, Entity>>(StringComparer.Ordinal), default);

        public static Snapshot Parse(byte[] content, string path, (DateTime At, long Length) stamp)
        {
            try
            {
                using var parsed = JsonDocument.Parse(EntityDocument.WithoutMark(content), Reading);
                var kinds = new SortedDictionary<string, SortedDictionary<string, Entity>>(StringComparer.Ordinal);
                foreach (var kind in parsed.RootElement.EnumerateObject())
                {
                    EntityRules.CheckKind(kind.Name);
                    var entities = new SortedDictionary<string, Entity>(StringComparer.Ordinal);
                    foreach (var entry in kind.Value.EnumerateObject())
                    {
                        EntityRules.CheckId(entry.Name);
                        var document = EntityDocument.Canonical(entry.Value, $"{kind.Name}/{entry.Name}");
                        entities.Add(entry.Name, new Entity(kind.Name, entry.Name, EntityDocument.VersionOf(document), document));
                    }

                    kinds.Add(kind.Name, entities);
                }

                return new Snapshot(kinds, stamp);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or Domain.Errors.FlexCoreException)
            {
                throw DurableFiles.Unusable($"{path}: not a file of entities: {e.Message}", e);
            }
        }

        public SortedDictionary<string, Entity> Of(string kind) => Kinds.GetValueOrDefault(kind, None);

        public Snapshot With(IReadOnlyList<EntityChange> changes)
        {
            var kinds = new SortedDictionary<string, SortedDictionary<string, Entity>>(Kinds, StringComparer.Ordinal);
            foreach (var ofKind in changes.GroupBy(change => change.Kind, StringComparer.Ordinal))
            {
                var entities = new SortedDictionary<string, Entity>(Of(ofKind.Key), StringComparer.Ordinal);
                foreach (var change in ofKind)
                {
                    if (change.Entity is { } entity) entities[change.Id] = entity;
                    else entities.Remove(change.Id);
                }

                kinds[ofKind.Key] = entities;
            }

            return new Snapshot(kinds, default);
        }

        public ReadOnlySpan<byte> Write() => EntityDocument.Indented(writer =>
        {
            writer.WriteStartObject();
            foreach (var (kind, entities) in Kinds.Where(kind => kind.Value.Count > 0))
            {
                writer.WriteStartObject(kind);
                foreach (var entity in entities.Values)
                {
                    writer.WritePropertyName(entity.Id);
                    using var document = JsonDocument.Parse(entity.Document);
                    document.RootElement.WriteTo(writer);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        });
    }
}
