namespace FlexCore.Domain.Pipelines;

/// <summary>How the record streams of a sync are dealt out over several taps that run at once.</summary>
/// <param name="Taps">So many at most.</param>
/// <param name="Together">Record streams that one tap has to read, by their names with <c>*</c> for any text.</param>
public sealed record StreamPartitions(int Taps, IReadOnlyList<IReadOnlyList<string>> Together)
{
    /// <summary>More are not allowed.</summary>
    public const int MaxTaps = 64;

    /// <inheritdoc/>
    public override string ToString() => $"record streams over at most {Taps} taps at once{(Together.Count == 0 ? "" : $"; together: {string.Join("; ", Together.Select(names => string.Join(", ", names)))}")}";
}
