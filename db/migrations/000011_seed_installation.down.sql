DELETE FROM installation;
