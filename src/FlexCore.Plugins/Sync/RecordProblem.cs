using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;

namespace FlexCore.Plugins.Sync;

/// <summary>Why a line or a record cannot go on.</summary>
/// <param name="Code">From the error registry, for the case that it fails the step.</param>
/// <param name="Message">For people; without the record's values.</param>
/// <param name="Reason">What it is as a dead letter; null when it cannot be one.</param>
/// <param name="SchemaPath">The rule of the schema that it breaks.</param>
internal sealed record RecordProblem(ErrorCode Code, string Message, DeadLetterReason? Reason = null, string? SchemaPath = null);
