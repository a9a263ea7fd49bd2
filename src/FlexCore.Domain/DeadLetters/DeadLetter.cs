namespace FlexCore.Domain.DeadLetters;

/// <summary>Why a record could not be processed.</summary>
public enum DeadLetterReason
{
    /// <summary>It does not fit the schema of its record stream.</summary>
    Invalid,

    /// <summary>A map could not be applied to it.</summary>
    Unmappable,

    /// <summary>It is longer than the limit of the plugin that wrote it.</summary>
    TooLong,

    /// <summary>It cannot be read strictly: it is not JSON, has a key twice, nests too deeply or holds text that is not Unicode.</summary>
    Unreadable,

    /// <summary>No SCHEMA came before it.</summary>
    NoSchema,
}

/// <summary>Where a dead letter is.</summary>
public enum DeadLetterStatus
{
    /// <summary>Nobody has dealt with it.</summary>
    Open,

    /// <summary>It was sent again, and the target has taken it.</summary>
    Replayed,

    /// <summary>Somebody has decided that it is not needed; its content is gone.</summary>
    Discarded,
}

/// <summary>A record that could not be processed, kept with the reason.</summary>
public sealed record DeadLetter
{
    /// <summary>How many bytes of a longer record are kept.</summary>
    public const int MaxKeptBytes = 64 * 1024;

    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>When it was put aside.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The pipeline.</summary>
    public required string Pipeline { get; init; }

    /// <summary>The step.</summary>
    public required string Step { get; init; }

    /// <summary>The run.</summary>
    public required Guid RunId { get; init; }

    /// <summary>The attempt of the step, counted from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The plugin that wrote it.</summary>
    public required string Plugin { get; init; }

    /// <summary>Index of the stage in the step's <c>through</c> before which it was put aside; a replay begins there.</summary>
    public required int Stage { get; init; }

    /// <summary>The record stream.</summary>
    public required string Stream { get; init; }

    /// <summary>Why.</summary>
    public required DeadLetterReason Reason { get; init; }

    /// <summary>Why, for people; without the record's values.</summary>
    public required string Message { get; init; }

    /// <summary>The rule of the schema that it breaks, as a JSON pointer (RFC 6901).</summary>
    public string? SchemaPath { get; init; }

    /// <summary>The record's message as the plugin wrote it, at most <see cref="MaxKeptBytes"/> of it; empty in lists.</summary>
    public required ReadOnlyMemory<byte> Raw { get; init; }

    /// <summary>How many bytes of the message are kept.</summary>
    public required long KeptLength { get; init; }

    /// <summary>How long the message was, in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>Whether a secret was masked in <see cref="Raw"/>.</summary>
    public required bool IsMasked { get; init; }

    /// <summary>The SCHEMA message that was in force; null when there was none.</summary>
    public ReadOnlyMemory<byte>? Schema { get; init; }

    /// <summary>Where it is.</summary>
    public DeadLetterStatus Status { get; init; }

    /// <summary>The run that sent it again.</summary>
    public Guid? ReplayedBy { get; init; }

    /// <summary>Whether what is kept is the message as it was, so that it can be sent again.</summary>
    public bool IsReplayable => KeptLength == Length && !IsMasked;
}
