using FlexCore.Domain.Runs;

namespace FlexCore.Domain.Pipelines;

/// <summary>What must be true for a step to begin, beside the success of what it needs.</summary>
/// <param name="Text">As written.</param>
/// <param name="Judged">The steps whose status it asks for: their failure keeps the step from beginning only if the condition says so.</param>
/// <param name="Ask">Decides it by what the run knows, and by nothing else: who goes on with the run comes to the same.</param>
public sealed record StepCondition(string Text, IReadOnlySet<string> Judged, Func<RunState, ConditionAnswer> Ask);

/// <summary>What a condition says of a run.</summary>
/// <param name="IsTrue">Whether it is true; null where it has no answer.</param>
/// <param name="Why">For people: the condition and the values that decided, or why there is no answer.</param>
public sealed record ConditionAnswer(bool? IsTrue, string Why);
