using System.Diagnostics;

namespace FlexCore.EndToEnd;

/// <summary>Waits for a condition, with a limit.</summary>
internal static class Until
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    public static Task TrueAsync(Func<Task<bool>> condition, string what) => TrueAsync(condition, () => Task.FromResult(what), Limit);

    /// <param name="condition">What is waited for.</param>
    /// <param name="describe">Says what has not come.</param>
    /// <param name="limit">How long it may take.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<Task<string>> describe, TimeSpan limit)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > limit) Assert.Fail(await describe());
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }
}
