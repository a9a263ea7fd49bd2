using System.Diagnostics;

namespace FlexCore.EndToEnd;

/// <summary>Waits for a condition, with a limit.</summary>
internal static class Until
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(Limit, what);
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }
}
