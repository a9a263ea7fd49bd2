using System.Diagnostics;

namespace FlexCore.EndToEnd;

/// <summary>Waits for a condition, with a limit.</summary>
internal static class Until
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(Limit, what);
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }
}
