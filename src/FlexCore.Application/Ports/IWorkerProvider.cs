namespace FlexCore.Application.Ports;

/// <summary>
/// Provides machines, or processes, that become nodes. What it is asked may be asked again: whoever asks may have died before it knew the answer. Failures are <see cref="Domain.Errors.FlexCoreException"/>s.
/// </summary>
public interface IWorkerProvider
{
    /// <summary>Has a worker start, where there is none of its name.</summary>
    /// <returns>What the provider calls it. It need not be a node yet.</returns>
    ValueTask<string> ProvisionAsync(WorkerOrder order, CancellationToken cancellationToken);

    /// <summary>The names of the workers that there are, whether they are nodes or not.</summary>
    ValueTask<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Ends a worker, which has no runs any more or is not heard of; nothing where there is none of that name.</summary>
    ValueTask ReleaseAsync(string worker, CancellationToken cancellationToken);

    /// <summary>Ends what must not outlive this process: nothing, where workers are machines of their own.</summary>
    /// <param name="stop">Gently: runs may come to their end. At once: they are left to other nodes.</param>
    ValueTask CloseAsync(StopSignal stop);
}

/// <summary>A worker that is wanted.</summary>
/// <param name="Worker">Its name, as a node and at the provider.</param>
/// <param name="Slots">How many runs it takes at once.</param>
/// <param name="Labels">What it has that others may lack.</param>
public sealed record WorkerOrder(string Worker, int Slots, IReadOnlyList<string> Labels);
