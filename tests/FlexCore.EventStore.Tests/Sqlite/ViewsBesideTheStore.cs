using System.Diagnostics;
using System.Globalization;
using FlexCore.EventStore.Tests.Conformance;

namespace FlexCore.EventStore.Tests.Sqlite;

/// <summary>The file that has the views.</summary>
public sealed class ViewsBesideTheStore : StoreFolder
{
    private const string ReadPosition = "import sqlite3, sys\nviews = sqlite3.connect(sys.argv[1])\nprint(views.execute('SELECT position FROM projections').fetchone()[0])\nviews.close()";

    [Fact]
    public async Task What_is_written_after_another_process_has_read_and_ended_is_seen_by_the_next()
    {
        var store = await OpenAsync();
        await using var projection = store.Project(new Counts());
        projection.Start();
        await AppendAsync();
        await using (await (await OpenAsync()).OpenViewsAsync(Token))
        {
            // This process has the file open twice now, and closes one of the two.
        }

        (await ReadInAnotherProcessAsync()).ShouldBe(1);
        await AppendAsync();
        (await ReadInAnotherProcessAsync()).ShouldBe(2);

        async Task AppendAsync()
        {
            var appended = await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token);
            await projection.WaitUntilAsync(appended.LastPosition, Token);
        }
    }

    private async Task<long> ReadInAnotherProcessAsync()
    {
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", ReadPosition, Path.Combine(Folder, "views.db")]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var position = await python.StandardOutput.ReadToEndAsync(Token);
        await python.WaitForExitAsync(Token);
        return long.Parse(position, CultureInfo.InvariantCulture);
    }
}
