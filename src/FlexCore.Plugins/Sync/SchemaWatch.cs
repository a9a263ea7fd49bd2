using System.Security.Cryptography;
using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Schemas;
using FlexCore.Plugins.Secrets;

namespace FlexCore.Plugins.Sync;

/// <summary>Compares the schemas that the taps of a sync write with those that came last, and keeps the new ones on record. Records are not looked at. Several flows may ask at once.</summary>
internal sealed class SchemaWatch(DriftPolicy policy, KnownSchemas known, SecretMask mask, Action<string> warn)
{
    private const int MostWarnings = 20;
    private const int MostChangesTold = 5;

    private readonly Lock _gate = new();
    private readonly Dictionary<StreamCounter, byte[]> _lines = [];
    private readonly Dictionary<string, (string Fingerprint, SchemaShape Shape)> _came = new(StringComparer.Ordinal);
    private int _warnings;

    /// <summary>Begins with what is on record of a step.</summary>
    public static async Task<SchemaWatch> OpenAsync(IEventLog log, StepRequest request, DriftPolicy policy, SecretMask mask, Action<string> warn)
    {
        var history = await log.ReadAsync(StreamOf(request), CancellationToken.None);
        return new SchemaWatch(policy, history.Aggregate(KnownSchemas.None, (schemas, fact) => schemas.Apply(fact.Event)), mask, warn);
    }

    /// <summary>Takes a SCHEMA message.</summary>
    /// <returns>Why it must not pass; null when it may.</returns>
    public RecordProblem? Look(StreamCounter counter, ReadOnlyMemory<byte> line)
    {
        lock (_gate) return Compare(counter, line);
    }

    /// <summary>Puts the schemas on record that came and passed.</summary>
    public async Task RecordAsync(IEventLog log, StepRequest request)
    {
        List<IDomainEvent> changed = [];
        foreach (var (stream, (fingerprint, shape)) in _came)
        {
            var before = known.ByStream.GetValueOrDefault(stream);
            if (before?.Fingerprint == fingerprint) continue;
            changed.Add(new SchemaRecorded(request.RunId, stream, fingerprint, shape, before is null ? [] : SchemaChange.Between(before.Schema, shape)));
        }

        if (changed.Count > 0) await log.AppendAsync(StreamOf(request), expectedVersion: null, changed, request.Hold, request.Context, CancellationToken.None);
        if (_warnings > MostWarnings) warn($"{_warnings - MostWarnings} more schemas have changed");
    }

    private RecordProblem? Compare(StreamCounter counter, ReadOnlyMemory<byte> line)
    {
        // Many taps repeat their schema; only a new one is worth the work.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(line.Span, hash);
        if (_lines.TryGetValue(counter, out var last) && hash.SequenceEqual(last)) return null;
        _lines[counter] = hash.ToArray();

        // Field names stay in the log for good: secrets among them must not.
        if (PluginJson.ParseObject(mask.Apply(line)) is not { } message || !message.TryGetProperty("schema", out var schema))
        {
            const string Unreadable = "the SCHEMA cannot be read strictly, so it is not known whether it has changed";
            if (policy.Usual == DriftAction.Fail || policy.ByKind.Values.Contains(DriftAction.Fail)) return new RecordProblem(ErrorCodes.SchemaUnusable, Unreadable);
            Warn(counter, Unreadable);
            return null;
        }

        var keys = ReadKeys(message);
        var (fingerprint, shape) = (SchemaFingerprint.Of(schema, keys), SchemaShape.Of(schema, keys));
        var before = FindBefore(counter.ShownName);
        if (before is { } old && old.Fingerprint != fingerprint)
        {
            var changes = SchemaChange.Between(old.Shape, shape);
            if (changes.Where(change => policy.At(change.Kind) == DriftAction.Fail).ToList() is { Count: > 0 } refused)
                return new RecordProblem(ErrorCodes.SchemaDrifted, $"the schema has changed: {Tell(refused)}");
            if (changes.Where(change => policy.At(change.Kind) == DriftAction.Warn).ToList() is { Count: > 0 } told) Warn(counter, $"the schema has changed: {Tell(told)}");
        }

        _came[counter.ShownName] = (fingerprint, shape);
        return null;
    }

    private static string StreamOf(StepRequest request) => EventStreams.Schemas(request.Pipeline.Name, request.Step.Id);

    private (string Fingerprint, SchemaShape Shape)? FindBefore(string stream) =>
        _came.TryGetValue(stream, out var came) ? came : known.ByStream.GetValueOrDefault(stream) is { } recorded ? (recorded.Fingerprint, recorded.Schema) : null;

    private static List<string> ReadKeys(JsonElement message) =>
        message.TryGetProperty("key_properties", out var keys) && keys.ValueKind == JsonValueKind.Array
            ? [.. keys.EnumerateArray().Where(key => key.ValueKind == JsonValueKind.String).Select(key => key.GetString()!)]
            : [];

    private static string Tell(List<SchemaChange> changes) =>
        string.Join("; ", changes.Take(MostChangesTold)) + (changes.Count > MostChangesTold ? $"; and {changes.Count - MostChangesTold} more" : "");

    private void Warn(StreamCounter counter, string what)
    {
        if (++_warnings <= MostWarnings) warn($"stream {counter.ShownName}: {what}");
    }
}
