using FlexCore.Application.Ports;
using FlexCore.Client;

namespace FlexCore.Server.Documents;

/// <summary>The history of the event log as the API tells it.</summary>
public static class HistoryDocuments
{
    /// <summary>What a verification has found.</summary>
    public static Verification Describe(VerifiedHistory found) => new(
        found.IsIntact, found.Events, found.Streams, found.Checkpoints, found.LastPosition, found.AfterPosition, found.Sealed, found.Root, found.SignaturesVerified, found.ViolationCount,
        [.. found.Violations.Select(violation => new Violation(violation.Kind, violation.Position, violation.Stream, violation.Message))]);
}
