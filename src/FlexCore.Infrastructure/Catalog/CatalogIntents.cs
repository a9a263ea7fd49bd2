using System.Text;
using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Catalog;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Persistence;

namespace FlexCore.Infrastructure.Catalog;

/// <summary>
/// Changes of a catalog that lies outside the database of the log. 1. A note, a file beside the catalog or in the data directory, says what is about to be done. 2. The event is appended:
/// from now on it will be done. 3. It is done. 4. The note goes. Who comes later finds the notes of those who were cut off, and does what their events say. One at a time, by a lock beside the
/// notes; processes that have other notes, for nothing but DynamoDB, do each other's work where they meet. What somebody has changed past FlexCore, in a file, gets its event before the next change of it.
/// </summary>
/// <param name="store">The catalog.</param>
/// <param name="log">The log.</param>
/// <param name="notes">The folder of the notes, for all who may change the catalog where that is in files.</param>
/// <param name="isInFiles">Whether people may change the catalog past FlexCore, and all who change it have the same notes.</param>
/// <param name="time">Limits how long a writer waits for others.</param>
internal sealed class CatalogIntents(IEntityStore store, IEventLog log, string notes, bool isInFiles, TimeProvider time)
{
    private const int Attempts = 20;

    private readonly DurableFiles _files = new(time);

    /// <summary>Told before each step: a test ends the work there, as a crash would.</summary>
    public Action<string>? BeforeStep { get; set; }

    /// <summary>Does what those were about to do who were cut off.</summary>
    public async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        if (!FindNotes().Any()) return;
        using var held = await LockAsync(cancellationToken);
    }

    public async ValueTask WriteAsync(EntityChange change, EventContext context, CancellationToken cancellationToken)
    {
        using var held = await LockAsync(cancellationToken);
        var stream = EventStreams.Catalog(change.Kind, change.Id);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var current = await store.FindAsync(change.Kind, change.Id, cancellationToken);
            var version = await RecordFoundAsync(stream, change, current, context, cancellationToken);
            if (version is null) continue;
            if (current?.Version != change.Expected) throw StoredCatalog.Moved(change.Kind, change.Id, change.Expected, current?.Version);
            if (await TryAsync(stream, version.Value, change, context, cancellationToken)) return;
        }

        throw new FlexCoreException(new Error(ErrorCodes.StoreBusy, $"others wanted to change {change.Kind} {change.Id} too often"));
    }

    /// <summary>Has the log say what is there, where somebody has changed it past FlexCore.</summary>
    /// <returns>How many events there are of it; null where somebody else was first.</returns>
    private async ValueTask<long?> RecordFoundAsync(string stream, EntityChange change, Entity? current, EventContext context, CancellationToken cancellationToken)
    {
        var last = await log.ReadLastAsync(stream, cancellationToken);
        var told = last?.Event as CatalogChanged;
        if (told?.Version == current?.Version) return last?.Version ?? 0;
        if (!isInFiles && told is { IsFound: false } && told.Before == current?.Version)
        {
            // Nobody edits DynamoDB by hand: somebody is about to do it, or was cut off.
            await ApplyAsync(ChangeOf(told), cancellationToken);
            return null;
        }

        var found = new CatalogChanged(change.Kind, change.Id, told?.Version, current?.Version, current is null ? null : JsonElement.Parse(current.Document.Span), IsFound: true);
        return await AppendAsync(stream, last?.Version ?? 0, found, context, cancellationToken);
    }

    private async ValueTask<bool> TryAsync(string stream, long version, EntityChange change, EventContext context, CancellationToken cancellationToken)
    {
        var note = Path.Combine(notes, $"{Guid.CreateVersion7():n}");
        BeforeStep?.Invoke("note");
        Try(() =>
        {
            _files.Replace(note, Encoding.UTF8.GetBytes($"{change.Kind}\n{change.Id}\n{version + 1}"));
            _files.SyncFolder(notes);
        });
        BeforeStep?.Invoke("event");
        var isMine = await AppendAsync(stream, version, StoredCatalog.EventOf(change, isFound: false), context, cancellationToken) is not null;
        if (isMine)
        {
            // It is decided: whoever waits for it no longer cannot change that.
            BeforeStep?.Invoke("write");
            await ApplyAsync(change, CancellationToken.None);
        }

        BeforeStep?.Invoke("end");
        Try(() => File.Delete(note));
        return isMine;
    }

    /// <summary>Does what was decided. Who has changed it past FlexCore since then, or has done this already, is not overwritten.</summary>
    private async ValueTask ApplyAsync(EntityChange change, CancellationToken cancellationToken)
    {
        try
        {
            await store.CommitAsync([change], cancellationToken);
        }
        catch (FlexCoreException e) when (e.Error is EntityConflict)
        {
            // What is there now gets its event before the next change.
        }
    }

    /// <summary>Whoever gets the lock finds everything done.</summary>
    private async ValueTask<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        Try(() => Directory.CreateDirectory(notes, DataDirectory.OwnerOnly));
        var held = await _files.LockAsync(Path.Combine(notes, ".lock"), cancellationToken);
        try
        {
            foreach (var note in FindNotes().Order(StringComparer.Ordinal).ToList())
            {
                if (await File.ReadAllLinesAsync(note, cancellationToken) is [var kind, var id, var number] && long.TryParse(number, out var version)
                    && await log.ReadLastAsync(EventStreams.Catalog(kind, id), cancellationToken) is { Event: CatalogChanged { IsFound: false } decided } last && last.Version == version)
                {
                    await ApplyAsync(ChangeOf(decided), cancellationToken);
                }

                Try(() => File.Delete(note));
            }

            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private IEnumerable<string> FindNotes() => Directory.Exists(notes) ? Directory.EnumerateFiles(notes).Where(path => Path.GetFileName(path)[0] != '.') : [];

    private static void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    private static EntityChange ChangeOf(CatalogChanged decided)
    {
        if (decided.Document is not { } document) return EntityChange.Delete(decided.Kind, decided.Id, decided.Before!);
        var entity = Entity.Create(decided.Kind, decided.Id, Encoding.UTF8.GetBytes(document.GetRawText()));
        return decided.Before is { } before ? EntityChange.Update(entity, before) : EntityChange.Create(entity);
    }

    /// <returns>How many events there are then; null where somebody else was first.</returns>
    private async ValueTask<long?> AppendAsync(string stream, long version, CatalogChanged change, EventContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await log.AppendAsync(stream, version, [change], context, cancellationToken);
        }
        catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.VersionConflict)
        {
            return null;
        }
    }
}
