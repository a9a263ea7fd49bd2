using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>
/// Entities in a folder, made for people and git: <c>KIND/ID.json</c> has nothing but the document, indented, its members in the order in which they came. What somebody changes
/// there by hand counts from then on, at the version that its content has. Whoever writes holds <c>.lock</c>; a unit of work of several entities is in <c>.journal</c> until all of it is done.
/// </summary>
public sealed class JsonFolderStore : IEntityStore
{
    private const string Extension = ".json";
    private const string ForGit = "# What writers of this folder leave to each other.\n/.lock\n/.journal\n*.new\n";

    private static readonly EnumerationOptions Plain = new() { MatchType = MatchType.Simple, MatchCasing = MatchCasing.CaseSensitive, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    private readonly string _folder;
    private readonly string _journal;
    private readonly DurableFiles _files;

    /// <summary>Opens a folder; it is made with the first entity.</summary>
    /// <param name="folder">Its path.</param>
    /// <param name="time">Limits how long a writer waits for others.</param>
    public JsonFolderStore(string folder, TimeProvider time) => (_folder, _journal, _files) = (Path.GetFullPath(folder), Path.Combine(Path.GetFullPath(folder), ".journal"), new DurableFiles(time));

    internal Action<string>? BeforeStep
    {
        set => _files.Before = value;
    }

    /// <inheritdoc/>
    public ValueTask<Entity?> FindAsync(string kind, string id, CancellationToken cancellationToken)
    {
        EntityRules.CheckKind(kind);
        EntityRules.CheckId(id);
        return GuardedAsync(
            async () =>
            {
                await FinishAsync(cancellationToken);
                return Read(kind, id);
            });
    }

    /// <inheritdoc/>
    public ValueTask<EntityPage> ListAsync(EntityQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.Checked();
        return GuardedAsync(async () =>
        {
            await FinishAsync(cancellationToken);
            return EntityPage.Of([.. Matching(query.Kind, query.Where, query.After, cancellationToken).Take(query.Limit + 1)], query.Limit);
        });
    }

    /// <inheritdoc/>
    public ValueTask<long> CountAsync(string kind, Specification where, CancellationToken cancellationToken)
    {
        EntityRules.CheckKind(kind);
        return GuardedAsync(async () =>
        {
            await FinishAsync(cancellationToken);
            return ReferenceEquals(where, Specification.Everything) ? IdsOf(kind).LongCount() : Matching(kind, where, after: null, cancellationToken).LongCount();
        });
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> KindsAsync(CancellationToken cancellationToken) => GuardedAsync<IReadOnlyList<string>>(async () =>
    {
        await FinishAsync(cancellationToken);
        return Directory.Exists(_folder) ? [.. Directory.EnumerateDirectories(_folder).Select(path => Path.GetFileName(path)).Where(kind => EntityRules.IsKind(kind) && IdsOf(kind).Any()).Order(StringComparer.Ordinal)] : [];
    });

    /// <inheritdoc/>
    public ValueTask CommitAsync(IReadOnlyList<EntityChange> changes, CancellationToken cancellationToken)
    {
        var ordered = UnitOfWork.InOrder(changes);
        return new(GuardedAsync(async () =>
        {
            Prepare(ordered);
            using var held = await LockAsync(cancellationToken);
            UnitOfWork.Refuse([.. ordered.Select(change => change.Against(Read(change.Kind, change.Id)?.Version)).OfType<EntityConflict>()]);
            if (ordered.Count > 1)
            {
                _files.Replace(_journal, FolderJournal.Write(ordered));
                _files.SyncFolder(_folder);
            }

            Apply([.. ordered.Select(change => (change.Kind, change.Id, change.Entity?.Document))]);
            return ordered.Count;
        }).AsTask());
    }

    /// <summary>Waits for a unit of work that is under way, or does what a crash has left of one.</summary>
    private async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(_journal)) return;
        using var held = await LockAsync(cancellationToken);
    }

    /// <summary>Whoever gets the lock finds all units of work done.</summary>
    private async ValueTask<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        var held = await _files.LockAsync(Path.Combine(_folder, ".lock"), cancellationToken);
        try
        {
            if (File.Exists(_journal)) Apply(FolderJournal.Read(_journal));
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private void Apply(IReadOnlyList<(string Kind, string Id, ReadOnlyMemory<byte>? Document)> changes)
    {
        foreach (var (kind, id, document) in changes)
        {
            if (document is { } content) _files.Replace(PathOf(kind, id), EntityDocument.Indented(content));
            else if (Directory.Exists(Path.Combine(_folder, kind))) _files.Delete(PathOf(kind, id));
        }

        foreach (var kind in changes.Select(change => Path.Combine(_folder, change.Kind)).Distinct(StringComparer.Ordinal).Where(Directory.Exists)) _files.SyncFolder(kind);
        if (!File.Exists(_journal)) return;
        _files.Delete(_journal);
        _files.SyncFolder(_folder);
    }

    /// <summary>Makes the folders that are missing.</summary>
    private void Prepare(IReadOnlyList<EntityChange> changes)
    {
        if (!Directory.Exists(_folder))
        {
            Directory.CreateDirectory(_folder);
            File.WriteAllText(Path.Combine(_folder, ".gitignore"), ForGit);
            _files.SyncFolder(Path.GetDirectoryName(_folder)!);
        }

        foreach (var folder in changes.Where(change => change.Entity is not null).Select(change => Path.Combine(_folder, change.Kind)).Distinct(StringComparer.Ordinal).Where(folder => !Directory.Exists(folder)))
        {
            Directory.CreateDirectory(folder);
            _files.SyncFolder(_folder);
        }
    }

    private IEnumerable<Entity> Matching(string kind, Specification where, string? after, CancellationToken cancellationToken)
    {
        var ids = IdsOf(kind).Where(id => string.CompareOrdinal(id, after) > 0).ToArray();
        Array.Sort(ids, StringComparer.Ordinal);
        foreach (var id in ids)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Null of what was deleted meanwhile.
            if (Read(kind, id) is { } entity && where.Holds(entity)) yield return entity;
        }
    }

    private IEnumerable<string> IdsOf(string kind)
    {
        var folder = Path.Combine(_folder, kind);
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, $"*{Extension}", Plain).Select(path => Path.GetFileName(path)).Where(name => name[0] != '.').Select(name => IdOf(folder, name))
            : [];
    }

    private static string IdOf(string folder, string name) => name[..^Extension.Length] is var id && EntityRules.IsId(id)
        ? id
        : throw new FlexCoreException(new Error(ErrorCodes.StoreUnusable, $"{Path.Combine(folder, name)}: the name of the file cannot be an id", SpecificRemedy: "Rename the file: letters from a to z, digits, dots, underscores and hyphens, a letter or a digit first."));

    private Entity? Read(string kind, string id)
    {
        var path = PathOf(kind, id);
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        try
        {
            var document = EntityDocument.Canonical(EntityDocument.WithoutMark(content), path);
            return new Entity(kind, id, EntityDocument.VersionOf(document), document);
        }
        catch (FlexCoreException e)
        {
            throw DurableFiles.Unusable(e.Message, e);
        }
    }

    private string PathOf(string kind, string id) => Path.Combine(_folder, kind, id + Extension);

    private async ValueTask<T> GuardedAsync<T>(Func<ValueTask<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (DurableFiles.IsFailure(e))
        {
            throw DurableFiles.Failed(_folder, e);
        }
    }
}
