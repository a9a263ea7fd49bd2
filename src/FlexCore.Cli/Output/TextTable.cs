namespace FlexCore.Cli.Output;

/// <summary>Columns of text, as wide as they need to be: stable for pipes, readable on a terminal.</summary>
internal static class TextTable
{
    public static void Print(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        List<IReadOnlyList<string>> all = [headings, .. rows];
        var widths = headings.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        foreach (var row in all)
            Console.Out.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
