using System.Globalization;
using FlexCore.Server.Documents;

namespace FlexCore.Server.Console.Charts;

/// <summary>The steps of a pipeline in columns, each behind all that it needs.</summary>
/// <param name="Boxes">The steps, in the order of the definition.</param>
/// <param name="Arrows">What needs what.</param>
/// <param name="Width">The width of the drawing, in pixels.</param>
/// <param name="Height">The height of the drawing, in pixels.</param>
public sealed record StepGraph(IReadOnlyList<StepBox> Boxes, IReadOnlyList<StepArrow> Arrows, int Width, int Height)
{
    /// <summary>The width of a box, in pixels.</summary>
    public const int BoxWidth = 190;

    /// <summary>The height of a box, in pixels.</summary>
    public const int BoxHeight = 46;

    /// <summary>More steps are no picture that anybody could read.</summary>
    public const int MostSteps = 150;

    private const int ColumnGap = 56;
    private const int RowGap = 16;
    private const int Margin = 4;

    /// <summary>Lays them out.</summary>
    /// <param name="steps">The steps; needs that are none of them are passed over.</param>
    public static StepGraph Of(IReadOnlyList<DefinedStep> steps)
    {
        var byId = steps.DistinctBy(step => step.Id, StringComparer.Ordinal).ToDictionary(step => step.Id, StringComparer.Ordinal);
        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var step in byId.Values) ColumnOf(step, byId, columns, byId.Count);
        var rows = new Dictionary<int, int>();
        var boxes = byId.Values.Select(step =>
        {
            var column = columns[step.Id];
            var row = rows.GetValueOrDefault(column);
            rows[column] = row + 1;
            return new StepBox(step, Margin + (column * (BoxWidth + ColumnGap)), Margin + (row * (BoxHeight + RowGap)));
        }).ToList();
        var places = boxes.ToDictionary(box => box.Step.Id, StringComparer.Ordinal);
        return new StepGraph(
            boxes, [.. boxes.SelectMany(box => box.Step.Needs.Where(places.ContainsKey).Select(need => StepArrow.Between(places[need], box)))],
            boxes.Count == 0 ? 0 : boxes.Max(box => box.X) + BoxWidth + Margin, boxes.Count == 0 ? 0 : boxes.Max(box => box.Y) + BoxHeight + Margin);
    }

    // A definition on record has no circles; one that a later version has written must not hang the page.
    private static int ColumnOf(DefinedStep step, Dictionary<string, DefinedStep> all, Dictionary<string, int> known, int left)
    {
        if (known.TryGetValue(step.Id, out var column) || left == 0) return column;
        column = step.Needs.Where(all.ContainsKey).Select(need => ColumnOf(all[need], all, known, left - 1) + 1).DefaultIfEmpty(0).Max();
        return known[step.Id] = column;
    }
}

/// <summary>A step as it is drawn.</summary>
/// <param name="Step">The step.</param>
/// <param name="X">Its left edge.</param>
/// <param name="Y">Its upper edge.</param>
public sealed record StepBox(DefinedStep Step, int X, int Y)
{
    private const int MostLetters = 26;

    /// <summary>What it does, as far as it fits.</summary>
    public string Short => Step.What.Length <= MostLetters ? Step.What : $"{Step.What[..(MostLetters - 1)]}…";

    /// <summary>Its name, as far as it fits.</summary>
    public string Name => Step.Id.Length <= MostLetters ? Step.Id : $"{Step.Id[..(MostLetters - 1)]}…";
}

/// <summary>That a step needs another.</summary>
/// <param name="Path">What is drawn (SVG 2, 9.3).</param>
/// <param name="When">On what the step waits.</param>
public sealed record StepArrow(string Path, string When)
{
    /// <summary>From a step to one that needs it.</summary>
    public static StepArrow Between(StepBox from, StepBox to)
    {
        var (x1, y1, x2, y2) = (from.X + StepGraph.BoxWidth, from.Y + (StepGraph.BoxHeight / 2), to.X - 5, to.Y + (StepGraph.BoxHeight / 2));
        var bend = Math.Max(24, (x2 - x1) / 2);
        return new StepArrow(string.Create(CultureInfo.InvariantCulture, $"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"), to.Step.When);
    }
}
