using System.Diagnostics;

namespace FlexCore.EventStore.Tests;

/// <summary>Waits for a condition, with a limit.</summary>
internal static class Eventually
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    internal static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    internal static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(limit ?? Limit, what);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
