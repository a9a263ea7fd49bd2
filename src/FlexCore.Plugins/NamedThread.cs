namespace FlexCore.Plugins;

/// <summary>Runs blocking work on a thread of its own: a plugin's pipe may be silent for hours, and pool threads are not for waiting.</summary>
internal static class NamedThread
{
    /// <summary>Completes when the work does, with its exception if it throws.</summary>
    public static Task RunAsync(string name, Action work) => RunAsync(name, () =>
    {
        work();
        return true;
    });

    /// <summary>Completes with what the work returns.</summary>
    public static Task<T> RunAsync<T>(string name, Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = name,
        };
        thread.Start();
        return done.Task;
    }
}
