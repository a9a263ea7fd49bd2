namespace FlexCore.Infrastructure.MongoDb;

/// <summary>Threads for calls that wait for a server, so that those of .NET's pool never do: made when they are needed, and gone when they are not.</summary>
/// <param name="name">What the system calls them.</param>
/// <param name="most">How many there are at most; what comes then waits for one.</param>
internal sealed class BlockingThreads(string name, int most) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly object _gate = new();
    private readonly Queue<Action> _waiting = new();
    private int _threads;
    private int _idle;
    private bool _isEnding;

    /// <summary>Does some work on one of them.</summary>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Enqueue(Work);
            if (_idle >= _waiting.Count)
            {
                Monitor.Pulse(_gate);
            }
            else if (_threads < most)
            {
                _threads++;
                new Thread(ServeAll) { IsBackground = true, Name = name }.UnsafeStart();
            }
        }

        return done.Task;

        void Work()
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);

                // Whoever asked may have given up, and nobody looks.
                _ = done.Task.Exception;
            }
        }
    }

    /// <summary>Lets them go when they have done what waits; what still comes is done.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isEnding = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void ServeAll()
    {
        while (Next() is { } work) work();
    }

    /// <summary>What there is to do next; null when this thread is not needed any more.</summary>
    private Action? Next()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_waiting.TryDequeue(out var work)) return work;
                _idle++;
                var isTold = !_isEnding && Monitor.Wait(_gate, Patience);
                _idle--;
                if (isTold || _waiting.Count > 0) continue;
                _threads--;
                return null;
            }
        }
    }
}
