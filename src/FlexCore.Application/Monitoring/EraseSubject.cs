using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Monitoring;

/// <summary>Erases personal data: they become unreadable, and what was made of them is made anew. Repeated, it finishes what was cut off.</summary>
public sealed class EraseSubject(ISubjects subjects, IReadModels views)
{
    private const int LongestSubject = 200;
    private const int LongestReason = 1000;

    /// <summary>Erases one subject.</summary>
    public async Task<Result<ErasedSubject>> HandleAsync(string subject, string reason, CancellationToken cancellationToken)
    {
        if (subject.Length is 0 or > LongestSubject) return new Error(ErrorCodes.UsageInvalid, $"--subject: it must have 1 to {LongestSubject} characters");
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > LongestReason) return new Error(ErrorCodes.UsageInvalid, $"--reason: it must have 1 to {LongestReason} characters");
        var erased = await subjects.EraseAsync(subject, reason, EventContext.New(Guid.CreateVersion7()), cancellationToken);
        await views.RebuildAsync(cancellationToken);
        return erased;
    }

    /// <summary>Erases again all subjects that are on record as erased.</summary>
    /// <returns>How many keys were there again.</returns>
    public async Task<int> RepeatAsync(CancellationToken cancellationToken)
    {
        var count = await subjects.EraseAgainAsync(cancellationToken);
        await views.RebuildAsync(cancellationToken);
        return count;
    }
}
