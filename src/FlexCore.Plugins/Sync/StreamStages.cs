using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema;
using FlexCore.Plugins.Singer;
using FlexCore.Plugins.Transforms;

namespace FlexCore.Plugins.Sync;

/// <summary>What became of a record in its stages.</summary>
internal enum RecordOutcome
{
    /// <summary>It passes as it came.</summary>
    Unchanged,

    /// <summary>It passes as something else.</summary>
    Rewritten,

    /// <summary>A map has left it out.</summary>
    LeftOut,

    /// <summary>It cannot go on.</summary>
    Refused,
}

/// <summary>What looks into the messages of one record stream on their way through one flow: first its schema, then the maps.</summary>
/// <param name="mode">Whether records are held against their schema, and what happens to those that do not fit.</param>
/// <param name="mappers">Those that apply to the stream.</param>
/// <param name="scratch">Shared by the streams of a flow.</param>
internal sealed class StreamStages(ValidationMode mode, RecordMapper[] mappers, StageScratch scratch)
{
    private CompiledSchema? _schema;

    /// <summary>The SCHEMA message in force, as the plugin wrote it.</summary>
    public ReadOnlyMemory<byte>? SchemaLine { get; private set; }

    /// <summary>Takes a RECORD.</summary>
    /// <param name="line">The message.</param>
    /// <param name="rewritten">What passes instead, without newline; good until the next message of the flow.</param>
    /// <param name="problem">Why it cannot go on; or, where it does all the same, what is worth a warning.</param>
    public RecordOutcome TakeRecord(ReadOnlyMemory<byte> line, out ReadOnlyMemory<byte> rewritten, out RecordProblem? problem)
    {
        rewritten = default;
        problem = null;
        if (scratch.Tape.Read(line) is { } unreadable)
        {
            problem = new RecordProblem(ErrorCodes.RecordUnreadable, $"the record's message {unreadable}", DeadLetterReason.Unreadable);
            return RecordOutcome.Refused;
        }

        if (mode != ValidationMode.Off)
        {
            problem = Validate();
            if (problem is not null && mode != ValidationMode.Warn) return RecordOutcome.Refused;
        }

        if (mappers.Length == 0) return RecordOutcome.Unchanged;
        foreach (var mapper in mappers)
        {
            var output = scratch.Next(isFirst: mapper == mappers[0]);
            switch (mapper.MapRecord(scratch.Tape, output, out var why))
            {
                case MapOutcome.LeftOut:
                    return RecordOutcome.LeftOut;
                case MapOutcome.Problem:
                    problem = new RecordProblem(ErrorCodes.RecordUnmappable, why!, DeadLetterReason.Unmappable);
                    return RecordOutcome.Refused;
            }

            rewritten = output.Memory;
        }

        return RecordOutcome.Rewritten;
    }

    /// <summary>Takes any other message of the stream.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="line">The message.</param>
    /// <param name="rewritten">What passes instead, without newline; empty when it passes as it came.</param>
    /// <param name="warning">What is worth a warning.</param>
    /// <returns>Why the flow cannot go on; null when it can.</returns>
    public RecordProblem? TakeOther(SingerMessageKind kind, ReadOnlyMemory<byte> line, out ReadOnlyMemory<byte> rewritten, out RecordProblem? warning)
    {
        rewritten = default;
        warning = null;
        if (kind == SingerMessageKind.Batch) return new RecordProblem(ErrorCodes.BatchUnmappable, "is a BATCH, whose file neither a map nor `validate` can look into");
        if (kind != SingerMessageKind.Schema) return null;
        if (scratch.Tape.Read(line) is { } unreadable) return new RecordProblem(ErrorCodes.SchemaUnusable, $"the SCHEMA {unreadable}");

        // Many taps repeat their schema; only a new one is worth the work.
        var isNew = SchemaLine is not { } known || !known.Span.SequenceEqual(line.Span);
        if (isNew) SchemaLine = line.ToArray();
        if (isNew && mode != ValidationMode.Off && Compile() is { } unusable)
        {
            if (mode != ValidationMode.Warn) return unusable;
            warning = unusable;
        }

        foreach (var mapper in mappers)
        {
            var output = scratch.Next(isFirst: mapper == mappers[0]);
            if (mapper.MapSchema(scratch.Tape, output) is { } why) return new RecordProblem(ErrorCodes.RecordUnmappable, why);
            rewritten = output.Memory;
        }

        return null;
    }

    private RecordProblem? Compile()
    {
        var schema = scratch.Tape.Find(JsonTape.Root, "schema"u8);
        return CompiledSchema.TryCompile(scratch.Tape.Raw(schema).ToArray(), out _schema, out var problem)
            ? null
            : new RecordProblem(ErrorCodes.SchemaUnusable, $"the SCHEMA cannot be used to validate: {problem}");
    }

    private RecordProblem? Validate()
    {
        if (SchemaLine is null) return new RecordProblem(ErrorCodes.RecordInvalid, "the record comes before the SCHEMA of its stream", DeadLetterReason.NoSchema);
        var record = scratch.Tape.Find(JsonTape.Root, "record"u8);
        return _schema?.Validate(scratch.Tape, record) is { } violation
            ? new RecordProblem(ErrorCodes.RecordInvalid, $"record{scratch.Place(violation.InstancePath)} {violation.Message}", DeadLetterReason.Invalid, violation.SchemaPath)
            : null;
    }
}
