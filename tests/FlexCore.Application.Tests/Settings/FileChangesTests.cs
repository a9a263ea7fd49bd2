using FlexCore.Application.Settings;

namespace FlexCore.Application.Tests.Settings;

public sealed class FileChangesTests
{
    private static readonly byte[] Old = [1];
    private static readonly byte[] Half = [2];
    private static readonly byte[] New = [3];

    [Fact]
    public void A_file_is_taken_once_when_it_looks_new_twice_in_a_row()
    {
        var changes = new FileChanges(Old);

        Look(changes, Old, New, New, New).ShouldBe([false, false, true, false]);
    }

    [Fact]
    public void A_file_that_is_being_written_is_left_alone_until_it_rests()
    {
        var changes = new FileChanges(Old);

        Look(changes, Half, New, Half, New, New).ShouldBe([false, false, false, false, true]);
    }

    [Fact]
    public void A_file_that_is_as_it_was_when_it_was_taken_is_not_taken_again()
    {
        var changes = new FileChanges(Old);

        Look(changes, Half, Old, Old).ShouldBe([false, false, false]);
    }

    [Fact]
    public void A_file_that_goes_and_one_that_comes_back_is_a_change()
    {
        var changes = new FileChanges(Old);

        Look(changes, null, null, Old, Old).ShouldBe([false, true, false, true]);
    }

    private static bool[] Look(FileChanges changes, params byte[]?[] looks) => [.. looks.Select(changes.AreToBeTaken)];
}
