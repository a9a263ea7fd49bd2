using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Application.Scheduling;
using FlexCore.Domain.Access;

namespace FlexCore.Application.Access;

/// <summary>Everybody may do what their role allows, with the pipelines that their token is for.</summary>
public sealed class RoleAndScopePolicy(IEventLog log, IDeadLetters letters) : IAccessPolicy
{
    /// <inheritdoc/>
    public async ValueTask<string?> RefuseAsync(Caller caller, Permission permission, Reach reach, CancellationToken cancellationToken)
    {
        if (!caller.Role.Allows(permission)) return $"needs the permission '{permission.ToString().ToLowerInvariant()}'";
        return caller.Scope is null || await IsWithinAsync(caller.Scope, reach, cancellationToken) ? null : OutOf(caller.Scope);
    }

    /// <summary>Why what is not within a scope is refused.</summary>
    public static string OutOf(PipelineScope scope) => $"reaches beyond the pipelines that the token is for: {scope}";

    // What is not there belongs to nobody: that there is no such thing is the handler's answer.
    private async Task<bool> IsWithinAsync(PipelineScope scope, Reach reach, CancellationToken cancellationToken)
    {
        switch (reach)
        {
            case Reach.OfScope:
                return true;
            case Reach.OfPipeline pipeline:
                return scope.Covers(pipeline.Name);
            case Reach.OfRuns { Runs: var runs }:
                foreach (var id in runs)
                {
                    if (await log.ReadRunAsync(id, cancellationToken) is { } run && !scope.Covers(run.State.Pipeline)) return false;
                }

                return true;
            case Reach.OfBackfill { Backfill: var id }:
                var (backfill, version) = await log.ReadBackfillAsync(id, cancellationToken);
                return version == 0 || scope.Covers(backfill.Pipeline);
            case Reach.OfDeadLetters { Letters: var ids }:
                foreach (var id in ids)
                {
                    if (await letters.FindAsync(id, cancellationToken) is { } letter && !scope.Covers(letter.Pipeline)) return false;
                }

                return true;
            default:
                return false;
        }
    }
}
