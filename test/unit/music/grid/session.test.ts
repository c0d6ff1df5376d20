import assert from 'node:assert/strict';
import { addRow, drumKit, euclid, Session, stepAt, type Grid } from '../../../../nodes/music/grid';

const KICK = 7;
const at = (row: number, step: number) => ({ row, step });
const set = ({ rows }: Grid, row: number) =>
  rows[row].steps.flatMap((step, index) => (step === undefined ? [] : [index]));

describe('editing a grid', () => {
  it('goes about by steps, and stays within', () => {
    const session = new Session(drumKit());
    session.goTo(KICK, 15);
    session.move(1, 1);
    assert.deepEqual(session.cursor, at(KICK, 15));
    session.move(-2, -3, true);
    assert.deepEqual(session.selection, { fromRow: 5, toRow: 7, fromStep: 12, toStep: 15 });
    assert.ok(session.hasSelection);
    session.move(0, 0);
    assert.ok(!session.hasSelection);
    session.selectAll();
    assert.deepEqual(session.selection, { fromRow: 0, toRow: 7, fromStep: 0, toStep: 15 });
  });

  it('toggles, raises, sets and clears what is chosen; each can be undone', () => {
    const session = new Session(drumKit());
    session.goTo(KICK, 0);
    session.toggle();
    session.raise(-0.1);
    session.change({ condition: '1:2' });
    assert.deepEqual(session.step, { value: 87, condition: '1:2' });
    session.goTo(KICK, 3, true);
    session.toggle();
    assert.deepEqual(set(session.grid, KICK), [0, 1, 2, 3], 'all as the one under the cursor');
    session.setHeight(1);
    assert.equal(stepAt(session.grid, KICK, 1)?.value, 127);
    session.clear();
    for (let back = 0; back < 6; back++) session.undo();
    assert.deepEqual(session.grid, drumKit());
    assert.ok(!session.canUndo && session.canRedo);
    session.redo();
    assert.deepEqual(set(session.grid, KICK), [0]);
  });

  it('leaves everything as it was where a change is refused', () => {
    const session = new Session(drumKit());
    session.goTo(KICK, 0);
    session.toggle();
    const before = session.grid;
    assert.throws(() => session.change({ ratchet: 17 }), /ratchet/);
    assert.equal(session.grid, before);
  });

  it('works on the row, or on the selection where there is one', () => {
    const session = new Session(drumKit());
    session.goTo(KICK, 15);
    session.toggle();
    session.rotate(1);
    assert.deepEqual(set(session.grid, KICK), [0]);
    session.goTo(KICK, 0);
    session.goTo(KICK, 3, true);
    session.rotate(-1);
    assert.deepEqual(set(session.grid, KICK), [3]);
    session.shift(0, 2);
    assert.deepEqual(set(session.grid, KICK), [5]);
    assert.deepEqual(session.selection.fromStep, 2);
  });

  it('copies, cuts and pastes', () => {
    const session = new Session(drumKit());
    session.goTo(KICK, 0);
    session.toggle();
    session.cut();
    assert.deepEqual(set(session.grid, KICK), []);
    session.goTo(0, 8);
    session.paste();
    assert.deepEqual(set(session.grid, 0), [8]);
  });

  it('a stroke paints without holes, in the row where it began, and is one change', () => {
    const session = new Session(drumKit());
    session.press(at(KICK, 2), 0.5);
    session.drag(at(KICK, 5), 0.5, 0);
    session.drag(at(3, 4), 0.5, 0);
    session.release();
    assert.deepEqual(set(session.grid, KICK), [2, 3, 4, 5]);
    assert.deepEqual(set(session.grid, 3), []);
    session.undo();
    assert.deepEqual(session.grid, drumKit());
  });

  it('a tap on a step takes it away, a stroke from there erases', () => {
    const session = new Session(drumKit());
    session.press(at(KICK, 0), 0.5);
    session.drag(at(KICK, 7), 0.5, 0);
    session.release();
    session.press(at(KICK, 0), 0.5);
    session.release();
    assert.deepEqual(set(session.grid, KICK), [1, 2, 3, 4, 5, 6, 7]);
    session.press(at(KICK, 6), 0.5);
    session.drag(at(KICK, 3), 0.5, 0);
    session.release();
    assert.deepEqual(set(session.grid, KICK), [1, 2, 7]);
  });

  it('up and down on a step changes how loud it is', () => {
    const session = new Session(drumKit());
    session.press(at(KICK, 0), 0.5);
    session.drag(at(KICK, 0), 0.9, 0.1);
    session.drag(at(KICK, 0), 0.9, 0.3);
    session.release();
    assert.equal(session.step?.value, 127);
    session.press(at(KICK, 0), 0.5);
    session.drag(at(KICK, 0), 0.2, -0.5);
    session.release();
    assert.equal(session.step?.value, 64);
  });

  it('draws a line over the steps of a controller', () => {
    const session = new Session(addRow(drumKit(), { kind: 'cc', controller: 1 }));
    session.press(at(8, 0), 0);
    session.drag(at(8, 4), 1, 0);
    session.release();
    assert.deepEqual(
      session.row.steps.slice(0, 5).map((step) => step?.value),
      [0, 32, 64, 95, 127]
    );
    session.tool = 'erase';
    session.press(at(8, 4), 1);
    session.drag(at(8, 1), 1, 0);
    session.release();
    assert.deepEqual(set(session.grid, 8), [0]);
  });

  it('chooses with the tool for it, or with a key held', () => {
    const session = new Session(drumKit());
    session.press(at(2, 2), 0.5, true);
    session.release();
    session.tool = 'select';
    session.press(at(2, 2), 0.5);
    session.drag(at(4, 5), 0.5, 0);
    session.release();
    assert.deepEqual(session.selection, { fromRow: 2, toRow: 4, fromStep: 2, toStep: 5 });
    assert.ok(!session.canUndo);
  });

  it('a stroke that something else takes over is as if it had not been', () => {
    const session = new Session(drumKit());
    session.press(at(KICK, 0), 0.5);
    session.abandon();
    session.release();
    assert.deepEqual(session.grid, drumKit());
    assert.ok(!session.canUndo);
  });

  describe('while something is tried out', () => {
    const spread = (session: Session, hits: number) =>
      session.tryOut((grid) => euclid(grid, session.scope, hits, 0, session.pen));
    const trying = () => {
      const session = new Session(drumKit());
      session.goTo(1, 0);
      session.toggle();
      session.goTo(KICK, 0);
      spread(session, 4);
      return session;
    };

    it('keeping makes it one change, dropping leaves nothing of it', () => {
      const session = trying();
      assert.ok(session.isTrying);
      spread(session, 2);
      session.drop();
      assert.deepEqual(set(session.grid, KICK), []);
      assert.ok(!session.isTrying);
      spread(session, 4);
      session.keep();
      assert.deepEqual(set(session.grid, KICK), [0, 4, 8, 12]);
      assert.ok(!session.isTrying);
      session.undo();
      assert.deepEqual(set(session.grid, KICK), []);
      assert.deepEqual(set(session.grid, 1), [0]);
    });

    const edits: [string, (session: Session) => void, number[]][] = [
      ['a key', (session) => session.rotate(1), [1, 5, 9, 13]],
      [
        'a tap',
        (session) => {
          session.press(at(KICK, 4), 0.5);
          session.release();
        },
        [0, 8, 12]
      ],
      [
        'a stroke',
        (session) => {
          session.press(at(KICK, 1), 0.5);
          session.drag(at(KICK, 3), 0.5, 0);
          session.release();
        },
        [0, 1, 2, 3, 4, 8, 12]
      ],
      [
        'a sketch',
        (session) => {
          for (const step of [4, 8]) {
            session.sketch((grid) => ({
              ...grid,
              rows: grid.rows.map((row, index) =>
                index === KICK
                  ? { ...row, steps: row.steps.map((each, place) => (place === step ? undefined : each)) }
                  : row
              )
            }));
          }
          session.finish();
        },
        [0, 12]
      ]
    ];
    for (const [name, edit, expected] of edits) {
      it(`${name} changes what is seen, and both are one change`, () => {
        const session = trying();
        edit(session);
        assert.deepEqual(set(session.grid, KICK), expected);
        assert.ok(!session.isTrying);
        session.drop();
        assert.deepEqual(set(session.grid, KICK), expected, 'there is nothing to drop any more');
        session.undo();
        assert.deepEqual(set(session.grid, KICK), []);
        assert.deepEqual(set(session.grid, 1), [0], 'and only that');
        session.redo();
        assert.deepEqual(set(session.grid, KICK), expected);
      });
    }

    it('undo takes back what is tried out and no more, redo goes on from below it', () => {
      const session = trying();
      session.undo();
      assert.deepEqual(set(session.grid, KICK), []);
      assert.deepEqual(set(session.grid, 1), [0]);
      assert.ok(!session.isTrying && !session.canRedo);
      spread(session, 4);
      session.redo();
      assert.ok(session.isTrying, 'there is nothing to redo');
      session.drop();
      session.undo();
      assert.deepEqual(session.grid, drumKit());
      spread(session, 4);
      assert.ok(session.canUndo);
      session.redo();
      assert.deepEqual(set(session.grid, KICK), []);
      assert.deepEqual(set(session.grid, 1), [0]);
    });

    it('choosing, what changes nothing, and a stroke that was taken over leave it as it is', () => {
      const session = trying();
      session.press(at(2, 2), 0.5, true);
      session.drag(at(4, 5), 0.5, 0);
      session.release();
      session.edit((grid) => grid);
      session.sketch((grid) => grid);
      session.finish();
      assert.throws(() => session.change({ ratchet: 17 }), /ratchet/);
      session.press(at(KICK, 1), 0.5);
      session.drag(at(KICK, 3), 0.5, 0);
      session.abandon();
      assert.ok(session.isTrying);
      assert.deepEqual(set(session.grid, KICK), [0, 4, 8, 12]);
      session.drop();
      assert.deepEqual(set(session.grid, KICK), []);
    });
  });

  it('a key while the pointer is down ends the stroke with what it has made', () => {
    const session = new Session(drumKit());
    session.press(at(KICK, 0), 0.5);
    session.drag(at(KICK, 1), 0.5, 0);
    session.rotate(1);
    session.drag(at(KICK, 5), 0.5, 0);
    session.release();
    assert.deepEqual(set(session.grid, KICK), [1, 2]);
    session.press(at(KICK, 8), 0.5);
    session.undo();
    session.release();
    assert.deepEqual(set(session.grid, KICK), [1, 2]);
    session.undo();
    assert.deepEqual(session.grid, drumKit());
  });
});
