using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Provisioning;

namespace FlexCore.Application.Workers;

/// <summary>The workers that are wanted, and how far they are, by name.</summary>
/// <param name="Status">Those of this status; null for all.</param>
public sealed record ListWorkers(ProvisioningStatus? Status) : IQuery<IReadOnlyList<ProvisioningRequest>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;
}

/// <summary>Lets a worker go, once its runs have ended; where it is still needed, another one comes.</summary>
/// <param name="Worker">Its name.</param>
public sealed record ReleaseWorker(string Worker) : ICommand<ProvisioningRequest>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;
}

/// <summary>Looks at workers, and lets them go.</summary>
public sealed class WorkerRegistry(ProvisioningRequests requests, TimeProvider time) : IHandler<ListWorkers, IReadOnlyList<ProvisioningRequest>>, IHandler<ReleaseWorker, ProvisioningRequest>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<ProvisioningRequest>>> HandleAsync(ListWorkers request, Caller caller, CancellationToken cancellationToken) =>
        (await requests.ListAsync(request.Status, cancellationToken)).Select(stored => stored.Request).ToArray();

    /// <inheritdoc/>
    public async Task<Result<ProvisioningRequest>> HandleAsync(ReleaseWorker request, Caller caller, CancellationToken cancellationToken)
    {
        while (await requests.FindAsync(request.Worker, cancellationToken) is { } stored)
        {
            if (stored.Request.Status == ProvisioningStatus.Releasing) return stored.Request;
            if (await requests.ChangeAsync(stored, stored.Request.Release(time.GetUtcNow()), EventContext.Of(caller), cancellationToken) is { } released) return released.Request;
        }

        return new Error(ErrorCodes.NotFound, $"no worker is called '{Printable.Escape(request.Worker)}'", SpecificRemedy: "List what is there: `flexcore workers list`.");
    }
}
