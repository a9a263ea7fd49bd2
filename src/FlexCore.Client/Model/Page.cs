namespace FlexCore.Client;

/// <summary>A part of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">The part.</param>
/// <param name="Next">What <c>after</c> is to be in order to get the part behind it; null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Why a request was not done (RFC 9457).</summary>
/// <param name="Type"><c>urn:flexcore:error:</c> and the code.</param>
/// <param name="Title">What the code means.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What was wrong this time.</param>
/// <param name="Code"><c>FX</c> and four digits.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="Errors">Each reason by itself, where there are several, or it has a place in a file.</param>
/// <param name="CorrelationId">What the request can be found by in the log.</param>
public sealed record Problem(string Type, string Title, int Status, string Detail, string Code, string Remedy, IReadOnlyList<ProblemCause>? Errors = null, string? CorrelationId = null);

/// <summary>One of several reasons.</summary>
/// <param name="Code"><c>FX</c> and four digits.</param>
/// <param name="Detail">What was wrong this time.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="File">The file in which it is wrong, where it is a file.</param>
/// <param name="Line">The line of it, counted from 1.</param>
/// <param name="Column">The column of it, counted from 1.</param>
public sealed record ProblemCause(string Code, string Detail, string Remedy, string? File = null, long? Line = null, long? Column = null);
